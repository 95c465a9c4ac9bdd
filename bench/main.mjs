/**
 * npm run bench [-- NAME...]: ours and the installed peers, as ratios within one run.
 * Writes the results to build/bench.json. Exits with 1 if results differ, or with --check if a ratio has fallen. Being slow is no
 * error.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { checkBaseline, storeBaseline } from './baseline.mjs';
import { Report } from './harness.mjs';

/** The benchmarks. A new one is a name here and a file in benchmarks/. */
const NAMES = [
  'ceiling',
  'distances',
  'rmsd',
  'linkage',
  'vectors',
  'scaling',
  'assign',
  'threads',
  'kmeans',
  'twopass',
  'sequences',
  'bigtree',
  'bigfile',
  'batches',
  'bigmatrix',
  'responses',
  'memory',
  'kill',
  'soak',
];
/** Benchmarks that take minutes or gigabytes. */
const NOT_QUICK = ['bigtree', 'bigfile', 'batches'];
/** Proofs rather than measurements, too long or too large for many machines. They run only if named. */
const NAMED_ONLY = ['bigmatrix', 'responses', 'memory', 'kill', 'soak'];
const FLAGS = {
  '--quick': 'small sizes and few rounds, about a minute',
  '--cpu': "seconds of the processor instead of the clock's, for a machine that does other things too",
  '--check': 'compare ratios with bench/baseline.json; exit 1 where one has fallen',
  '--store': 'write the ratios of this run to bench/baseline.json',
  '--list': 'list the benchmarks',
};

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

function git(...args) {
  const { status, stdout } = spawnSync('git', args, { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

function machine() {
  const cores = cpus();
  return {
    cpu: cores[0]?.model ?? 'unknown',
    cores: cores.length,
    memoryBytes: totalmem(),
    system: `${process.platform} ${release()} ${process.arch}`,
    node: process.version,
    v8: process.versions.v8,
    load: loadavg()[0],
  };
}

async function main(args) {
  const unknown = args.filter((arg) => !['--help', ...Object.keys(FLAGS), ...NAMES].includes(arg));
  if (unknown.length > 0) {
    const allowed = [...Object.keys(FLAGS), ...NAMES].join(', ');
    console.error(`bench: got ${unknown.join(' ')}; allowed are ${allowed}`);
    return 2;
  }
  const names = args.filter((arg) => NAMES.includes(arg));
  const quick = args.includes('--quick');
  Report.quick = quick;
  Report.cpu = args.includes('--cpu');
  if (!existsSync('build/index.js')) execFileSync('npm', ['run', 'build'], { stdio: 'inherit' });
  const load = (name) => import(`./benchmarks/${name}.mjs`);
  if (args.includes('--list') || args.includes('--help')) {
    for (const name of NAMES) console.log(`${name.padEnd(10)} ${(await load(name)).title}`);
    for (const [flag, what] of Object.entries(FLAGS)) console.log(`${flag.padEnd(10)} ${what}`);
    return 0;
  }
  const host = machine();
  const commit = git('rev-parse', '--short', 'HEAD');
  const changed = Boolean(git('status', '--porcelain', '--', 'src', 'assembly'));
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const date = new Date().toISOString().slice(0, 10);
  console.log(
    `coppice ${version} (${commit ?? 'no commit'}${changed ? ', changed' : ''}), ${date}\n` +
      `${host.cpu}, ${host.cores} cores, ${host.system}, Node ${host.node}, load ${host.load.toFixed(1)} before the first run\n` +
      `seconds${Report.cpu ? ' of the processor' : ''}: best of several runs, ours and the peers' by turns; ratio: the peer's time by ours`,
  );
  const found = {};
  let right = true;
  for (const name of NAMES) {
    const leftOut = NAMED_ONLY.includes(name) || (quick && NOT_QUICK.includes(name));
    if (names.length > 0 ? !names.includes(name) : leftOut) continue;
    const report = await (await load(name)).run({ quick });
    report.print();
    right &&= report.right;
    const { title, versions, skipped, records } = report;
    found[name] = { title, versions, skipped: Object.fromEntries(skipped), records };
    const versionText = Object.entries(versions).map(([key, value]) => `${key} ${value}`);
    if (versionText.length > 0) console.log(`\npeers: ${versionText.join(', ')}`);
  }
  const all = { version, commit, changed, date, quick, cpu: Report.cpu, machine: host, benchmarks: found };
  writeFileSync('build/bench.json', `${JSON.stringify(all, null, 1)}\n`);
  if (args.includes('--store')) storeBaseline(all);
  if (args.includes('--check')) right = checkBaseline(all) && right;
  if (!right)
    console.error('\nbench: results differ where they should not, or a ratio has fallen; see above');
  return right ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
