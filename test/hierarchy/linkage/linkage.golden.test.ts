import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Metric } from '../../../src/distance/metrics.ts';
import { METRICS } from '../../../src/distance/metrics.ts';
import { linkage } from '../../../src/hierarchy/linkage/linkage.ts';
import type { Method } from '../../../src/hierarchy/linkage/methods.ts';

interface Input {
  kind: 'vectors' | 'distances';
  rows: number;
  cols: number;
  n: number;
  data: number[];
}
interface Case {
  input: string;
  method: Method;
  metric: string | null;
  ties: boolean;
  Z: number[];
}
const golden = JSON.parse(
  readFileSync(new URL('../../golden/linkage/linkage.json', import.meta.url), 'utf8'),
) as {
  inputs: Record<string, Input> | (Input & { name: string })[];
  cases: Case[];
};
const inputOf = (name: string): Input =>
  Array.isArray(golden.inputs) ? (golden.inputs.find((i) => i.name === name) as Input) : golden.inputs[name];

describe("SciPy's linkage", () => {
  for (const c of golden.cases) {
    const input = inputOf(c.input);
    if (c.metric && !METRICS.includes(c.metric as Metric)) continue;
    test(`${c.method} of ${c.input}${c.metric ? ` (${c.metric})` : ''}`, async () => {
      const data = Float64Array.from(input.data);
      const Z =
        input.kind === 'vectors'
          ? await linkage(
              { data, rows: input.rows, cols: input.cols },
              { method: c.method, metric: c.metric as Metric },
            )
          : await linkage(data, { method: c.method });
      expect(Z.length).toBe(c.Z.length);
      // Of these SciPy's choice among ties is ours too.
      const equal = !c.ties || ['complete', 'average', 'weighted'].includes(c.method);
      const top = Math.max(...c.Z.filter((_, i) => i % 4 === 2));
      for (let i = 0; i < Z.length; i++) {
        if (i % 4 === 2) {
          if (equal || c.method === 'single') {
            expect(Math.abs(Z[i] - c.Z[i])).toBeLessThanOrEqual(1e-10 * c.Z[i] + 1e-12 * top);
          }
        } else if (equal) {
          expect(Z[i]).toBe(c.Z[i]);
        }
      }
    });
  }
});
