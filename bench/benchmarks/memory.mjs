/**
 * Checks that memoryLimit holds, for every reader and way to cluster. It compares the peak of a process that reads a large file
 * with that of one that reads a hundred rows. COPPICE_BENCH_ONLY selects formats and ways whose names contain it ('dcd', 'csv
 * kmeans'); COPPICE_BENCH_LIMITS sets other limits than 64 and 256 MB, separated by commas.
 */
import { spawnSync } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { FORMATS } from '../formats/formats.mjs';
import { Report } from '../harness.mjs';
import { scratchFile } from '../scratch.mjs';

export const title = 'Peak memory over that of a run with next to no data, MB';

const MB = 1e6;
const ONLY = process.env.COPPICE_BENCH_ONLY ?? '';
const LIMITS = (process.env.COPPICE_BENCH_LIMITS ?? '64,256').split(',').map(Number);
const WAYS = ['matrix', 'linear', 'kmeans', 'assign'];
const CHILD = fileURLToPath(new URL('./memory-child.mjs', import.meta.url));
const MOST_MS = 900_000;

/** MB by which a limit may be exceeded. */
const allowed = (limit) => Math.max(16, 0.05 * limit);

function peakOf(path, way, limit, sample) {
  const child = spawnSync(process.execPath, [CHILD, path, way, `${limit}MB`, String(sample)], {
    ...{ encoding: 'utf8', timeout: MOST_MS, stdio: ['ignore', 'pipe', 'pipe'] },
  });
  if (child.status === 0) return { peak: Number(child.stdout) / MB };
  const problem =
    child.stderr.split('\n').find((line) => /^\w*Error\b/.test(line)) ?? child.stderr.slice(-200);
  return { problem: child.error?.message ?? problem.trim() };
}

export async function run({ quick } = {}) {
  const report = new Report(title, { unit: 'MB', per: 1 });
  const table = [`| reader | way | runtime | ${LIMITS.map((limit) => `at ${limit} MB`).join(' | ')} |`];
  table.push(`| --- | --- | --- |${' --- |'.repeat(LIMITS.length)}`);
  for (const [name, { extension, write, frames, missing }] of Object.entries(FORMATS)) {
    const ways = WAYS.filter((way) => `${name} ${way}`.includes(ONLY));
    if (ways.length === 0) continue;
    const why = missing?.();
    if (why) {
      report.skipped.set(name, why);
      continue;
    }
    const [large, small] = ['large', 'small'].map((size) => scratchFile(`${size}.${extension}`));
    const rows = (frames ? 8000 : 400_000) / (quick ? 10 : 1);
    await write(large, rows);
    await write(small, 100);
    for (const way of ways) {
      const runtime = peakOf(small, way, 64, 50).peak;
      const cells = LIMITS.map((limit) => {
        const { peak, problem } = peakOf(large, way, limit, frames ? 1000 : 12_000);
        if (problem) {
          report.figure({ name: `${name} ${way} at ${limit} MB: ${problem}`, value: 'refused' });
          return 'refused';
        }
        const over = peak - runtime - limit;
        report.figure({
          name: `${name} ${way} at ${limit} MB: ${peak.toFixed(0)} in all, over the limit`,
          ...{ value: Math.round(over), unit: 'MB', most: allowed(limit) },
        });
        return `${(peak - runtime).toFixed(0)}`;
      });
      table.push(`| ${name} | ${way} | ${runtime.toFixed(0)} | ${cells.join(' | ')} |`);
      console.log(table.at(-1));
    }
    console.log(`${name}: ${(statSync(large).size / MB).toFixed(0)} MB`);
    rmSync(large);
    rmSync(small);
  }
  console.log(`\n${table.join('\n')}\n`);
  return report;
}
