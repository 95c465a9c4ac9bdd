/**
 * SIGKILL at random moments of commands that write. Every output must be unchanged or complete, a batch run must lose or repeat
 * nothing, and files left behind must be removed by the next run. COPPICE_BENCH_KILLS sets the number of kills (default: 100; 10
 * with --quick), COPPICE_BENCH_SEED the moments.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { normalRows, uniform, writeNpy } from '../data.mjs';
import { Report } from '../harness.mjs';
import { scratch, start } from '../scratch.mjs';

export const title = 'SIGKILL at random moments: nothing half, nothing lost or doubled, nothing left behind';

const CLI = fileURLToPath(new URL('../../build/cli.js', import.meta.url));
const OLD = 'what stood here before';
/** Number of kills before the next run may finish. */
const IN_A_ROW = 5;

/** The commands to kill: arguments, outputs, and the folder of a batch run. */
const COMMANDS = [
  {
    name: 'cluster',
    args: ['cluster', 'rows.npy', '--clusters', 5, '--stride', 40],
    outputs: { '--out': 'c.csv', '--model': 'c.st', '--linkage': 'c.npy', '--plot': 'c.svg' },
  },
  {
    name: 'assign',
    args: ['assign', 'rows.npy', '--model', 'model.st'],
    outputs: { '--out': 'a.npy' },
  },
  {
    name: 'linkage',
    args: ['linkage', 'few.npy', '--method', 'average'],
    outputs: { '--out': 'z.npy' },
  },
  {
    name: 'batch run',
    args: ['batch', 'run', 'rows.npy', '--method', 'ward', '--distance', 2, '--cluster-size', 400],
    outputs: { '--out': 'b.npy' },
  },
  {
    name: 'batch add',
    args: ['batch', 'add', ...Array.from({ length: 6 }, (_, i) => `part-${i}.npy`), '--store', 'run'],
    outputs: {},
    resumes: true,
  },
];

/** @returns whether the command ended by itself */
function launch(folder, args, ms = Infinity) {
  return new Promise((resolve, reject) => {
    const child = start(process.execPath, [CLI, ...args.map(String)], {
      cwd: folder,
      env: { ...process.env, TMPDIR: path.join(folder, 'tmp') },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (text) => {
      said += text;
    });
    const timer = ms < Infinity ? setTimeout(() => process.kill(-child.pid, 'SIGKILL'), ms) : undefined;
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code !== 0 && signal !== 'SIGKILL') reject(new Error(`coppice ${args.join(' ')}: ${code} ${said}`));
      else resolve(signal !== 'SIGKILL');
    });
  });
}

const flagsOf = ({ args, outputs }) => [...args, ...Object.entries(outputs).flat()];
const listing = (folder) => readdirSync(folder, { recursive: true }).map(String).sort();
const asBytes = (folder, name) => readFileSync(path.join(folder, name)).toString('latin1');

function prepare(name) {
  const folder = path.join(scratch(), name);
  mkdirSync(path.join(folder, 'tmp'), { recursive: true });
  const rows = normalRows(40_000, 8, 1);
  const write = (file, from, n) =>
    writeNpy(path.join(folder, file), rows.data.subarray(8 * from, 8 * (from + n)), [n, 8]);
  write('rows.npy', 0, 40_000);
  write('few.npy', 0, 2500);
  for (let i = 0; i < 6; i++) write(`part-${i}.npy`, 5000 * i, 5000);
  return folder;
}

const TRAIN = ['batch', 'train', 'few.npy', '--k', 20, '--store', 'run'];
const CLUSTERS = ['batch', 'clusters', '--store', 'run', '--distance', 2, '--out', 'clusters.csv'];

export async function run({ quick }) {
  const kills = Number(process.env.COPPICE_BENCH_KILLS ?? (quick ? 10 : 100));
  const seed = Number(process.env.COPPICE_BENCH_SEED ?? 1);
  const report = new Report(title, { unit: '' });
  const [whole, killed] = [prepare('whole'), prepare('killed')];
  const wanted = new Map();
  const seconds = new Map();
  for (const folder of [whole, killed]) {
    await launch(folder, ['cluster', 'rows.npy', '--clusters', 5, '--stride', 40, '--model', 'model.st']);
    await launch(folder, TRAIN);
  }
  for (const command of COMMANDS) {
    const begun = performance.now();
    await launch(whole, flagsOf(command));
    seconds.set(command.name, performance.now() - begun);
    for (const name of Object.values(command.outputs)) wanted.set(name, asBytes(whole, name));
  }
  await launch(whole, CLUSTERS);
  const random = uniform(seed);
  const counts = { half: 0, mixed: 0, left: 0, ended: 0, lost: 0 };
  const perCommand = Math.ceil(kills / COMMANDS.length);
  for (const command of COMMANDS) {
    const names = Object.values(command.outputs);
    // A run that ended before its kill is checked like the others, but is not counted.
    for (let i = 0; i < perCommand; ) {
      // Each kill finds existing output files.
      for (const name of names) writeFileSync(path.join(killed, name), OLD);
      const ms = 20 + random() * seconds.get(command.name);
      const ended = await launch(killed, flagsOf(command), ms);
      if (ended) counts.ended++;
      else i++;
      const states = names.map((name) => {
        const found = asBytes(killed, name);
        return found === OLD ? 'old' : found === wanted.get(name) ? 'new' : 'half';
      });
      if (states.includes('half')) counts.half++;
      if (new Set(states).size > 1) counts.mixed++;
      if (ended || (i % IN_A_ROW > 0 && i < perCommand)) continue;
      await launch(killed, flagsOf(command));
      for (const name of names) if (asBytes(killed, name) !== wanted.get(name)) counts.lost++;
      // Names of temporary files vary; neither they nor any other new file may remain.
      const known = new Set([...listing(whole)]);
      const strays = listing(killed).filter((name) => !known.has(name) && !name.startsWith('run'));
      if (strays.length > 0) {
        counts.left += strays.length;
        console.error(`left behind: ${strays.join(', ')}`);
      }
    }
  }
  await launch(killed, CLUSTERS);
  const same = asBytes(killed, 'clusters.csv') === asBytes(whole, 'clusters.csv');
  const inRun = (folder) => readdirSync(path.join(folder, 'run')).length;
  const figure = (name, value, ok) => report.figure({ name, value, unit: '', ok });
  report.figure({
    name: 'kills',
    value: perCommand * COMMANDS.length,
    unit: `, and ${counts.ended} runs that had ended before`,
  });
  figure('outputs that were neither as before nor whole', counts.half, counts.half === 0);
  report.figure({ name: 'kills between the renames of one command', value: counts.mixed, unit: '' });
  figure('outputs that the next run did not make as they should be', counts.lost, counts.lost === 0);
  figure('files and folders left after the next run', counts.left, counts.left === 0);
  figure('rows of the resumed run lost or doubled', same ? 'none' : 'some', same);
  figure('files of the resumed run', inRun(killed), inRun(killed) === inRun(whole));
  return report;
}
