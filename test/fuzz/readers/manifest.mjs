/** A batch run's files: the manifest, the model and the segments, one of which is damaged. */

import { crc32 } from '../formats/crc32.mjs';
import { api, Digest } from '../reading.mjs';

const ROWS = 40;
const COLS = 3;

function vectors(from) {
  const data = Float32Array.from({ length: ROWS * COLS }, (_, i) => Math.sin(from + i * 1.7) * 5);
  return { data, rows: ROWS, cols: COLS };
}

async function storeOf(files) {
  const store = api.memoryStore('run');
  for (const [name, bytes] of files) await store.append(name, bytes);
  return store;
}

async function filesOf(store) {
  const files = [];
  for (const { name, bytes } of await store.list()) files.push([name, await store.read(name, 0, bytes)]);
  return files;
}

/** All of a run that a store holds: rows, labels, batches. */
async function readRun(store) {
  const open = () => api.BatchClustering.resume(store, { threads: 1, onWarning() {} });
  const batches = await open();
  const digest = new Digest();
  const listed = JSON.stringify(batches.batches);
  try {
    digest.text(listed);
    for await (const part of batches.clusters({ clusters: 2, method: 'single' })) {
      digest.numbers(part.rows);
      digest.numbers(part.labels);
      digest.numbers(part.vectors.data);
    }
  } finally {
    await batches.close();
  }
  // What resuming wrote is the same run.
  const again = await open();
  const same = JSON.stringify(again.batches) === listed;
  await again.close();
  return { digest: String(digest), rows: batches.rows, batches: batches.batches.length, same };
}

/** The run with all its batches. */
let whole;
/** All files of the run as it should be. */
let files = [];

export default {
  name: 'manifest',
  async seeds() {
    const store = api.memoryStore('run');
    const run = await api.BatchClustering.train(vectors(0), { store, k: 2, threads: 1, onWarning() {} });
    for (const [i, from] of [0, 100, 200].entries()) {
      await run.precluster(vectors(from), { name: `batch ${i}`, onWarning() {} });
    }
    await run.close();
    files = (await filesOf(store)).filter(([file]) => !file.startsWith('lock'));
    whole = await readRun(await storeOf(files));
    return files.map(([file, bytes]) => ({ name: file, bytes, options: { file } }));
  },
  ways: ['bytes'],
  words: [
    '{',
    '}',
    '"',
    ',',
    ':',
    'null',
    '-1',
    '0',
    '1e99',
    '"rows"',
    '"segments"',
    '"seg-00000000.seg"',
    '"../x"',
    '\n',
  ],
  edits: {
    /** A line less, twice or in another's place, or cut at either end. */
    lines(bytes, random) {
      const lines = Buffer.from(bytes)
        .toString('latin1')
        .split(/(?<=\n)/);
      const [i, j] = [random.below(lines.length), random.below(lines.length)];
      const kind = random.below(5);
      if (kind === 0) lines.splice(i, 1);
      else if (kind === 1) lines.splice(i, 0, lines[j]);
      else if (kind === 2) [lines[i], lines[j]] = [lines[j], lines[i]];
      else if (kind === 3) lines[i] = lines[i].slice(random.below(3));
      else lines[i] = lines[i].slice(0, -1 - random.below(3));
      return new Uint8Array(Buffer.from(lines.join(''), 'latin1'));
    },
    /** One of the last bytes, which a run that is killed may leave half written. */
    end(bytes, random) {
      const out = bytes.slice();
      out[Math.max(0, out.length - 1 - random.below(12))] ^= 1 << random.below(8);
      return random.oneIn(3) ? out.slice(0, -1) : out;
    },
    /** Right again by its checksum, so that what the line says is looked at. */
    sumLines(bytes) {
      const lines = Buffer.from(bytes).toString('latin1').split('\n');
      if (!lines[0]?.includes('coppice-batches')) return bytes;
      const text = lines
        .map((line) => {
          const json = Buffer.from(line.slice(9), 'latin1');
          return line.length > 9 ? `${crc32(json).toString(16).padStart(8, '0')} ${line.slice(9)}` : line;
        })
        .join('\n');
      return new Uint8Array(Buffer.from(text, 'latin1'));
    },
  },
  run: async (bytes, { options: { file } }) =>
    readRun(await storeOf(files.map(([name, data]) => [name, name === file ? bytes : data]))),
  /**
   * Checksums cover every byte, and each batch's line has a copy in its segment: an accepted file has all of its batches.
   * If the manifest was changed under a valid checksum, it still has no fewer batches.
   */
  accepted({ edits, result: { digest, batches, same } }) {
    if (!same) return 'another run when it is resumed once more';
    if (batches < whole.batches) return `${batches} batches of ${whole.batches}`;
    return edits.includes('sumLines') || digest === whole.digest
      ? undefined
      : 'accepted with another result although checksums cover it';
  },
};
