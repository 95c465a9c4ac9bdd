/** docs/accuracy.md: the figures that take a moment are measured, the others are looked over. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { measure, SETS } from '../../examples/accuracy/experiment.mjs';
import { tableOf } from '../../examples/accuracy/run.mjs';

const text = readFileSync(new URL('../../docs/accuracy.md', import.meta.url), 'utf8');

/** What stands between `<!-- name -->` and `<!-- end -->`. */
function tableIn(name: string): string {
  return new RegExp(`<!-- ${name} -->\n([^]*?)\n<!-- end -->`).exec(text)?.[1] ?? '';
}

test("the tutorial's second data set has the figures of the text", { timeout: 60_000 }, async () => {
  expect(tableOf(await measure(SETS.tutorial))).toBe(tableIn('tutorial'));
});

test.each([...Object.keys(SETS), 'batches'])('%s: every figure is an agreement', (name) => {
  const figures = tableIn(name)
    .split('\n')
    .slice(2)
    .flatMap((line) => line.split('|').slice(2, -1));
  expect(figures.length).toBeGreaterThan(14);
  for (const figure of figures) expect(figure.trim()).toMatch(/^(-0\.\d\d|0\.\d\d|1\.00)$/);
});
