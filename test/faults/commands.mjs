/**
 * Every call of the file system that a command makes fails once, and those that write or open from then on; one command a
 * process: `commands.mjs FOLDER NAME`. Prints a line for each thing that is not as it should be, and then how many were tried.
 */
import * as fs from 'node:fs';
import path from 'node:path';
import { arm, disarm } from './broken-files.mjs';
import { COMMANDS } from './table.mjs';

const [folder, name] = process.argv.slice(2);
const { args, outputs = {}, reset } = COMMANDS[name];
process.chdir(folder);
process.env.TMPDIR = path.join(folder, 'tmp');
const CLI = new URL('../../build/cli.js', import.meta.url).href;
const OLD = 'what stood here before';
const listing = () => fs.readdirSync('.', { recursive: true }).map(String).sort().join(' ');
const written = { stdout: '', stderr: '' };
const real = { stdout: process.stdout.write.bind(process.stdout), stderr: process.stderr.write };
for (const stream of ['stdout', 'stderr']) {
  process[stream].write = (text, ...rest) => {
    written[stream] += String(text);
    if (typeof rest.at(-1) === 'function') rest.at(-1)();
    return true;
  };
}
const say = (text) => real.stdout(`${text}\n`);
process.exit = (code) => {
  say(`${name}: process.exit(${code}) was called: ${written.stderr}`);
  process.reallyExit(9);
};

let runs = 0;
async function run() {
  written.stdout = '';
  written.stderr = '';
  process.exitCode = undefined;
  process.argv = [process.execPath, CLI, ...args];
  await import(`${CLI}?${runs++}`);
  process.removeAllListeners('uncaughtException');
  for (const stream of [process.stdout, process.stderr]) stream.removeAllListeners('error');
  const code = process.exitCode ?? 0;
  process.exitCode = undefined;
  return code;
}

const clear = () => {
  for (const file of Object.values(outputs)) fs.writeFileSync(file, OLD);
  for (const file of reset ?? []) fs.rmSync(file, { recursive: true, force: true });
};
args.push(...Object.entries(outputs).flat());
clear();
// Twice: code that is loaded on first use is loaded only once.
for (let i = 0; i < 2; i++) {
  clear();
  if ((await run()) !== 0) say(`${name}: fails without a fault: ${written.stderr}`);
}
/** The text of an output. A report has the time of the run, and its warnings, which differ. */
const textOf = (file) =>
  fs.readFileSync(file, 'latin1').replace(/<time.*?<\/time>|<p class="warn">.*?<\/p>/g, '');
const wanted = Object.fromEntries(Object.values(outputs).map((file) => [file, textOf(file)]));
clear();
const before = listing();
const isMade = (file) => (reset ?? []).some((made) => file === made || file.startsWith(`${made}/`));

let tried = 0;
for (const lasting of [false, true]) {
  for (let nth = 0; ; nth++) {
    clear();
    arm(nth, lasting);
    const code = await run();
    const failed = disarm();
    if (!failed) break;
    // What it is asked to make is there if it ended well, and only then.
    const left = listing()
      .split(' ')
      .filter((file) => !before.split(' ').includes(file) && !(code === 0 && isMade(file)));
    for (const file of left) fs.rmSync(file, { recursive: true, force: true });
    if (lasting && !['write', 'open'].includes(failed.call)) continue;
    tried++;
    const { stdout, stderr } = written;
    const bad = (what) =>
      say(`${name}, call ${nth} (${failed.call} ${failed.at ?? ''}): ${what}; ${stderr.trim()}`);
    const states = Object.keys(wanted).map((file) => {
      const found = textOf(file);
      return found === OLD ? 'old' : found === wanted[file] ? 'new' : 'half';
    });
    if (states.includes('half')) bad('an output is neither as before nor whole');
    if (code === 0) {
      if (!states.every((state) => state === 'new')) bad('it ended well, and an output is missing');
    } else {
      if (code !== 1) bad(`exit code ${code}`);
      if (stdout !== '') bad('something is on stdout');
      if (!/^coppice: [^\n]+\n$/.test(stderr)) bad('not one line');
      if (/injected|\bE[A-Z]{2,}\b|undefined|\bat .*:\d+:\d+/.test(stderr)) bad("the system's own text");
      if (!/\w+\.(npy|csv|st|txt|svg|parquet|html)\b|coppice-batch-|coppice-stdout|"-"|run\b/.test(stderr))
        bad('no name of a file');
      if (
        states.includes('new') &&
        !states.every((state) => state === 'new') &&
        !/already written/.test(stderr)
      ) {
        bad('some outputs are new, and it is not said');
      }
    }
    if (left.length > 0) bad(`left behind: ${left}`);
  }
  clear();
  if ((await run()) !== 0) say(`${name}: the next run does not work: ${written.stderr}`);
}
say(`tried ${tried}`);
process.reallyExit(0);
