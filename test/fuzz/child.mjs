/**
 * Reads damaged files, watched by its parent process (watch.mjs). It writes the index of each case to a file before it begins,
 * so that the parent knows the case if this process hangs or crashes.
 *
 * node child.mjs READER POSITIONS: then a message {seed, from, cases, until} for a run, or {probe: case}.
 */

import { openSync, writeSync } from 'node:fs';
import { applied, planCase } from './mutate.mjs';
import { judge, readSeeds } from './reading.mjs';

const [name, positions] = process.argv.slice(2);
/** Progress is told this often. */
const TELL_MS = 200;
/** A case may take so much more memory than the process had, where its reader does not say otherwise. */
const MOST_BYTES = 128e6;

const descriptor = openSync(positions, 'r+');
const cell = new Float64Array(2);
const cellBytes = new Uint8Array(cell.buffer);
let begun = 0;
/** The parent sees a new case by the count, also where the same index is read twice. */
function at(index) {
  cell[0] = index;
  cell[1] = ++begun;
  writeSync(descriptor, cellBytes, 0, 16, 0);
}

const residentBytes = () => process.resourceUsage().maxRSS * 1024;
const send = (message) => new Promise((resolve) => process.send(message, resolve));

// Uncaught errors are findings too; they are attributed to the current case.
let stray;
process.on('unhandledRejection', (error) => {
  stray = { kind: 'stray', message: String(error?.message ?? error), stack: error?.stack };
});
process.on('uncaughtException', (error) => {
  stray = { kind: 'stray', message: String(error?.message ?? error), stack: error?.stack };
});

const { default: reader } = await import(`./readers/${name}.mjs`);
at(-1);
const seeds = await readSeeds(reader);
const mostBytes = reader.mostBytes ?? MOST_BYTES;

async function one(entry) {
  const before = residentBytes();
  const outcome = await judge(reader, seeds, entry);
  const grown = residentBytes() - before;
  if (stray) {
    outcome.finding ??= stray;
    stray = undefined;
  }
  if (grown > mostBytes) {
    outcome.finding ??= { kind: 'memory', message: `${Math.round(grown / 1e6)} MB more than before` };
    outcome.grown = grown;
  }
  return outcome;
}

async function run({ seed, from, cases, until }) {
  const counts = { cases: 0, accepted: 0, refused: 0 };
  let told = Date.now();
  for (let index = from; index < from + cases && Date.now() < until; index++) {
    at(index);
    const plan = planCase(reader, seeds, seed, index);
    const bytes = applied(reader, seeds, plan);
    const { refused, finding, grown } = await one({ ...plan, bytes });
    counts.cases++;
    counts[refused ? 'refused' : 'accepted']++;
    if (finding) await send({ type: 'finding', index, finding });
    if (Date.now() - told > TELL_MS) {
      await send({ type: 'counts', counts });
      told = Date.now();
      await new Promise((resolve) => setImmediate(resolve));
    }
    // What was taken once does not show when it is taken again: go on in a new process.
    if (grown) {
      await send({ type: 'counts', counts });
      await send({ type: 'again', index });
      return;
    }
  }
  at(-1);
  await send({ type: 'counts', counts });
  await send({ type: 'done' });
}

process.on('message', async (message) => {
  if (message.probe) {
    at(0);
    const { base64, ...entry } = message.probe;
    const outcome = await one({ ...entry, bytes: new Uint8Array(Buffer.from(base64, 'base64')) });
    at(-1);
    await send({ type: 'outcome', outcome: { refused: outcome.refused, finding: outcome.finding } });
  } else {
    await run(message).catch((error) => {
      console.error('an edit failed', error);
      process.exit(70);
    });
  }
});
await send({ type: 'ready', seeds: seeds.length });
