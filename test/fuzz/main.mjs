/**
 * npm run fuzz -- READER SECONDS [--seed N] [--from N] [--cases N]: damaged files for a reader; READER may be `all`.
 * Findings are written to build/fuzz/READER/, one JSON file each. When the error is fixed, the file goes to
 * test/fuzz/corpus/READER/, whose cases the tests replay. Exits with 1 if something was found.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { minimise } from './minimise.mjs';
import { planCase } from './mutate.mjs';
import { digestOf } from './random.mjs';
import { readSeeds, signatureOf } from './reading.mjs';
import { Prober, Watched } from './watch.mjs';

/** So many different findings of a run are made small and kept. */
const MOST_KEPT = 20;

const here = new URL('.', import.meta.url);
const NAMES = readdirSync(new URL('./readers', here))
  .filter((file) => file.endsWith('.mjs'))
  .map((file) => file.replace('.mjs', ''))
  .sort();

const USAGE = `npm run fuzz -- READER SECONDS [--seed N] [--from N] [--cases N]
npm run fuzz -- FILE   reads a finding or a case of the corpus again
READER is all or one of ${NAMES.join(', ')}`;

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    cases: { type: 'string' },
    help: { type: 'boolean' },
  },
});
const [which, seconds = '60'] = positionals;
if (flags.help || which === undefined) {
  console.log(USAGE);
  process.exit(which === undefined && !flags.help ? 2 : 0);
}

/** Run cases of a reader for some seconds. */
async function fuzz(name, ms) {
  const { default: reader } = await import(`./readers/${name}.mjs`);
  const seeds = await readSeeds(reader);
  const start = Date.now();
  const last = flags.cases === undefined ? Infinity : Number(flags.from) + Number(flags.cases);
  const total = { cases: 0, accepted: 0, refused: 0 };
  /** By signature: the first of each, and how many there were. */
  const findings = new Map();
  let busy = 0;
  let next = Number(flags.from);
  const note = (index, finding) => {
    const signature = signatureOf(finding);
    const known = findings.get(signature);
    if (known) known.count++;
    else findings.set(signature, { index, finding, count: 1 });
  };
  while (Date.now() - start < ms && next < last) {
    const watched = new Watched(name);
    await watched.ready;
    const began = Date.now();
    let counts = { cases: 0, accepted: 0, refused: 0 };
    next = await new Promise((resolve) => {
      const run = { seed: flags.seed, from: next, cases: Math.min(2 ** 31, last - next), until: start + ms };
      watched.ask(run, (message) => {
        if (message.type === 'counts') counts = message.counts;
        if (message.type === 'finding') note(message.index, message.finding);
        if (message.type === 'again') resolve(message.index + 1);
        if (message.type === 'done') resolve(Infinity);
        if (message.type === 'ended') {
          note(message.index, message.finding);
          counts = { ...counts, cases: message.index - run.from + 1 };
          resolve(message.index + 1);
        }
      });
    });
    watched.close();
    busy += Date.now() - began;
    for (const key of Object.keys(total)) total[key] += counts[key];
  }
  const rate = total.cases / (busy / 1000);
  console.log(
    `${name}: ${total.cases} cases, ${rate.toFixed(0)} a second; ${total.accepted} accepted, ` +
      `${total.refused} refused; ${findings.size} findings (seed ${flags.seed}, from ${flags.from})`,
  );
  await keep(name, reader, seeds, findings);
  return findings.size;
}

/** Make findings small, print them, and put them into files. */
async function keep(name, reader, seeds, findings) {
  if (findings.size === 0) return;
  const folder = fileURLToPath(new URL(`../../build/fuzz/${name}/`, here));
  mkdirSync(folder, { recursive: true });
  const prober = new Prober(name);
  for (const [signature, { index, finding, count }] of [...findings].slice(0, MOST_KEPT)) {
    const plan = planCase(reader, seeds, flags.seed, index);
    const kept = await minimise(reader, seeds, prober, plan, signature);
    console.log(`  ${count} x ${signature}\n    first: case ${index}, ${finding.message.slice(0, 300)}`);
    if (!kept) {
      console.log('    not found again in a process of its own');
      continue;
    }
    const file = `${kept.kind}-${digestOf(Buffer.from(kept.base64)).slice(0, 8)}.json`;
    writeFileSync(folder + file, `${JSON.stringify(kept, null, 1)}\n`);
    console.log(`    build/fuzz/${name}/${file}, ${Buffer.from(kept.base64, 'base64').length} bytes`);
  }
  if (findings.size > MOST_KEPT) console.log(`  and ${findings.size - MOST_KEPT} others`);
  prober.close();
}

if (existsSync(which) && which.endsWith('.json')) {
  const entry = JSON.parse(readFileSync(which, 'utf8'));
  const prober = new Prober(entry.reader);
  console.log(await prober.probe(entry));
  prober.close();
} else {
  const names = which === 'all' ? NAMES : [which];
  if (!names.every((name) => NAMES.includes(name)) || !(Number(seconds) > 0)) {
    console.error(USAGE);
    process.exit(2);
  }
  let found = 0;
  for (const name of names) found += await fuzz(name, (Number(seconds) * 1000) / names.length);
  process.exitCode = found > 0 ? 1 : 0;
}
