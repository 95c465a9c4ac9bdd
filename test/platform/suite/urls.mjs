/**
 * The suite for reading from a web server and from Blobs: the same calls in every runtime, against the server of
 * files.ts. Plain ESM that imports nothing but the suite beside it.
 */
import { contents, digestOf, failure } from './inputs.mjs';
import { runCases } from './suite.mjs';

/** Files of test/sources/fixtures, with what must be said to read them. */
const COLUMNS = { columns: ['f32', 'i32'] };
const FIXTURES = {
  'none.parquet': COLUMNS,
  'snappy.parquet': COLUMNS,
  'gzip.parquet': COLUMNS,
  'brotli.parquet': COLUMNS,
  'lz4.parquet': COLUMNS,
  'zstd.parquet': COLUMNS,
  'list.parquet': { columns: ['vec'] },
  'uncompressed.feather': COLUMNS,
  'lz4.feather': COLUMNS,
  'zstd.feather': COLUMNS,
  'stream.arrows': COLUMNS,
  'traj-ala2.xtc': { atoms: [4, 8, 0] },
  'traj-mixed.xtc': {},
  'traj-double.trr': {},
  'traj-big.dcd': {},
  'traj-ala2.nc': {},
  'ramp.npy.zst': {},
  'frames.csv.zst': {},
  'rows.npy': {},
  'rows.csv': {},
  'rows.npy.gz': {},
  'rows.csv.gz': {},
  'members.csv.gz': {},
};

/** Twice, since there are two passes. */
async function twice(source) {
  const first = digestOf(await contents(source, { chunkRows: 1000 }));
  const again = digestOf(await contents(source, { chunkRows: 333 }));
  if (again !== first) throw new Error(`the second pass gave ${again}, the first ${first}`);
  return first;
}

function casesOf(api, sources, base) {
  const cases = {};
  const { open } = sources;
  let visit = 0;
  /** The server counts what it does to each URL, so every use has its own. */
  const at = (name, behaviour = '') => `${base}/${name}?${behaviour}&visit=${Math.random()}-${visit++}`;
  /** A message without what differs: the address, and why a runtime says that a connection broke. */
  const message = (error) =>
    error.message
      .replaceAll(/http\S*\/files\/([\w.-]*\w)/g, '$1')
      .replace(/at byte \d+: .*; tried/, 'at byte N: ...; tried');
  const bytesOf = async (name) => new Uint8Array(await (await fetch(at(name))).arrayBuffer());
  const wanted = async (name) => twice(await open(await bytesOf(name), { name, ...FIXTURES[name] }));
  const same = async (name, source) => {
    const got = await twice(await source);
    const digest = await wanted(name);
    if (got !== digest) throw new Error(`${name} gave ${got}, and ${digest} from memory`);
    return digest;
  };
  const collected = () => {
    const codes = [];
    return { codes, onWarning: ({ code }) => codes.push(code) };
  };

  for (const [name, options] of Object.entries(FIXTURES)) {
    cases[`${name} by ranges`] = () => same(name, open(at(name), options));
    cases[`${name} from a Blob`] = async () =>
      same(name, open(new Blob([await bytesOf(name)]), { name, ...options }));
    cases[`${name} from a File`] = async () => {
      if (typeof File !== 'function') return wanted(name);
      return same(name, open(new File([await bytesOf(name)], name), options));
    };
    if (name.endsWith('.parquet')) continue;
    cases[`${name} from a server without ranges: one warning`] = async () => {
      const { codes, onWarning } = collected();
      const digest = await same(name, open(at(name, 'noRanges'), { ...options, onWarning }));
      return digestOf(digest, codes.join());
    };
  }
  cases['Parquet from a server without ranges: an error that says why'] = async () => {
    const error = await failure(open(at('snappy.parquet', 'noRanges'), { onWarning() {} }));
    return digestOf(error.name, error.code, message(error));
  };
  for (const name of ['rows.npy', 'rows.csv', 'rows.npy.gz']) {
    for (const kind of ['', 'noRanges&']) {
      cases[`${name}: connections that break are taken up again ${kind}`] = () =>
        same(name, open(at(name, `${kind}cut=90000&times=2`), { onWarning() {} }));
    }
  }
  cases['a connection that always breaks: an error after five tries'] = async () => {
    const error = await failure(open(at('rows.npy', 'cut=100&times=99')));
    return digestOf(error.name, message(error));
  };
  cases['a server that falls silent: an error after five tries'] = async () => {
    const error = await failure(open(at('rows.npy', 'silent'), { timeout: 150 }));
    return digestOf(error.name, message(error));
  };
  cases['a signal ends the waiting'] = async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    setTimeout(() => controller.abort(reason), 50);
    const error = await failure(open(at('rows.npy', 'silent'), { signal: controller.signal }));
    if (error !== reason) throw error;
    return digestOf(error.message);
  };
  cases['a redirect, with headers of one’s own'] = () =>
    same('rows.npy', open(at('rows.npy', 'redirect'), { headers: { Authorization: 'Bearer x' } }));
  cases['a file that is not there'] = async () => {
    const error = await failure(open(at('nothing.npy')));
    return digestOf(error.name, message(error));
  };
  cases['several files'] = async () => {
    const source = await open([at('rows.npy'), new Blob([await bytesOf('rows.npy')])]);
    return digestOf(source.rows, await twice(source));
  };
  cases['two passes over a URL, with and without ranges'] = async () => {
    const digest = async (name, kind) => {
      const source = await open(at(name, kind), { onWarning() {} });
      const fit = await api.twoPass(source, { clusters: 5, stride: 7 });
      return digestOf(fit.sampleRows, fit.linkage, await fit.labels());
    };
    const [npy, again] = [await digest('rows.npy', ''), await digest('rows.npy', 'noRanges')];
    if (npy !== again) throw new Error(`${npy} with ranges, ${again} without`);
    return digestOf(npy, await digest('rows.csv.gz', ''));
  };
  return cases;
}

/** Run all cases; `base` is where files.ts serves, without a slash at its end. */
export async function runUrls(api, sources, base, only) {
  return runCases(api, casesOf(api, sources, base), only);
}
