/** Ratios of an earlier run, stored in bench/baseline.json. Seconds depend on machine and day; ratios depend on them far less. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { formatTable } from './harness.mjs';

const FILE = fileURLToPath(new URL('./baseline.json', import.meta.url));
/** Fraction of a stored ratio that a run must reach: on a busy machine, some ratios vary by a quarter. */
const SLACK = 0.7;

/** Every ratio of a run: 'benchmark: row, variant / peer' -> ratio. */
function ratiosOf({ benchmarks, cpu }) {
  const ratios = {};
  for (const [benchmark, { records }] of Object.entries(benchmarks)) {
    for (const record of records) {
      // Processor time does not show what several threads gain.
      if (cpu && /threads/.test(record.variant ?? record.name)) continue;
      for (const [op, ratio] of Object.entries(record.ratios ?? {})) {
        ratios[`${benchmark}: ${record.name}, ${record.variant} / ${op}`] = Number(ratio.toPrecision(3));
      }
      if (record.ratio) ratios[`${benchmark}: ${record.name}`] = Number(record.value.toPrecision(3));
    }
  }
  return ratios;
}

/** Ratios that this run did not measure stay as they are. */
export function storeBaseline(all) {
  const old = existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')).ratios : {};
  const { commit, date, machine, version, cpu } = all;
  const ratios = Object.fromEntries(Object.entries({ ...old, ...ratiosOf(all) }).sort());
  writeFileSync(FILE, `${JSON.stringify({ version, commit, date, cpu, machine, ratios }, null, 2)}\n`);
}

/** Print ratios that are lower than the stored ones. @returns whether there are none */
export function checkBaseline(all) {
  if (!existsSync(FILE)) {
    console.log('\nno bench/baseline.json to compare with; --store writes one');
    return true;
  }
  const { ratios, commit, date, machine } = JSON.parse(readFileSync(FILE, 'utf8'));
  const now = Object.entries(ratiosOf(all)).filter(([key]) => key in ratios);
  const fallen = now.filter(([key, ratio]) => ratio < SLACK * ratios[key]);
  console.log(`\n## Ratios beside those of ${date} (${commit}, ${machine.cpu}, Node ${machine.node})\n`);
  console.log(`${now.length} compared, ${fallen.length} below ${SLACK} of what they were`);
  if (fallen.length > 0) {
    const rows = fallen.map(([key, ratio]) => [key, `${ratios[key]}x`, `${ratio}x`]);
    console.log(`\n${formatTable(['', 'then', 'now'], rows)}`);
  }
  return fallen.length === 0;
}
