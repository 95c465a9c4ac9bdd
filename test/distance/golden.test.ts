import { describe, expect, test } from 'vitest';
import { METRICS, type Metric } from '../../src/distance/metrics.ts';
import { cdist, pdist } from '../../src/distance/pdist.ts';
import type { FloatArray, Matrix } from '../../src/types.ts';
import { golden } from '../hierarchy/golden.ts';

interface Input {
  name: string;
  rows: number;
  cols: number;
  data: number[];
}
interface Case {
  function: 'pdist' | 'cdist';
  inputs: string[];
  metric: string;
  options: { p?: number; w?: number[]; V?: number[]; VI?: number[][] };
  d?: number[];
  error?: string;
}

const { inputs, cases } = golden('distances/distances.json') as { inputs: Input[]; cases: Case[] };
const later = (golden('distances/distances_scipy117.json') as { cases: Case[] }).cases;
const named = (c: Case) => JSON.stringify([c.function, c.inputs, c.metric, c.options]);
/** What SciPy 1.17 answers otherwise, unless it does not know the metric any more. */
const newer = new Map(
  later.filter((c) => !c.error?.includes('Unknown Distance Metric')).map((c) => [named(c), c]),
);
const all = cases.map((c) => newer.get(named(c)) ?? c);

function matrixOf(name: string): Matrix {
  const { rows, cols, data } = inputs.find((i) => i.name === name) as Input;
  return { data: Float64Array.from(data), rows, cols };
}

async function run(c: Case, narrow = false): Promise<FloatArray> {
  const tables = c.inputs.map(matrixOf).map((m) => (narrow ? { ...m, data: Float32Array.from(m.data) } : m));
  if (c.function === 'pdist') return pdist(tables[0], c.metric as Metric, c.options);
  return (await cdist(tables[0], tables[1], c.metric as Metric, c.options)).data;
}

/** The tolerances that the golden file states. */
function isNear(got: number, wanted: number, c: Case): boolean {
  if (!Number.isFinite(wanted)) return Object.is(got, wanted);
  const off = Math.abs(got - wanted);
  if (off <= 1e-15 || off <= 1e-12 * Math.abs(wanted)) return true;
  if (c.metric === 'cosine' || c.metric === 'correlation') return off <= 1e-12;
  if (c.metric === 'jensenshannon') return Math.abs(wanted) < 1e-7 && off <= 1e-8;
  return c.metric === 'mahalanobis' && !c.options.VI && off <= 1e-9 * Math.abs(wanted);
}

describe("SciPy's distances", () => {
  for (const metric of METRICS.filter((m) => m !== 'rmsd')) {
    const own = all.filter((c) => c.metric === metric && c.d);
    test(`${metric}: ${own.length} cases`, async () => {
      expect(own.length).toBeGreaterThan(10);
      for (const c of own) {
        const got = await run(c);
        const wanted = c.d as number[];
        expect(got).toBeInstanceOf(Float64Array);
        expect(got.length).toBe(wanted.length);
        const off = wanted.flatMap((w, i) => (isNear(got[i], w, c) ? [] : [`[${i}] ${got[i]}, wanted ${w}`]));
        expect(off, named(c)).toEqual([]);
      }
    });
  }

  test('float32 rows: what float64 makes of the same rows, to float32', async () => {
    // Rounding the rows changes the means and variances in these metrics.
    const touchy = ['correlation', 'mahalanobis', 'seuclidean'];
    for (const c of all.filter((x) => x.d && !touchy.includes(x.metric))) {
      const got = await run(c, true);
      expect(got).toBeInstanceOf(Float32Array);
      const tables = c.inputs
        .map(matrixOf)
        .map((m) => ({ ...m, data: Float64Array.from(Float32Array.from(m.data)) }));
      const wanted =
        c.function === 'pdist'
          ? await pdist(tables[0], c.metric as Metric, c.options)
          : (await cdist(tables[0], tables[1], c.metric as Metric, c.options)).data;
      const off = Array.from(wanted).flatMap((w, i) =>
        Object.is(got[i], w) || Math.abs(got[i] - w) <= 2e-6 * Math.max(1, Math.abs(w))
          ? []
          : [`[${i}] ${got[i]}, wanted ${w}`],
      );
      expect(off, named(c)).toEqual([]);
    }
  });

  test('several threads: the same bits', async () => {
    const rows = 900;
    const cols = 40;
    const data = Float64Array.from({ length: rows * cols }, (_, i) => ((i * 7919) % 1009) / 100);
    const X = { data, rows, cols };
    for (const metric of METRICS.filter((m) => m !== 'rmsd')) {
      const one = await pdist(X, metric, { threads: 1 });
      const two = await pdist(X, metric, { threads: 2 });
      expect(two.length).toBe(one.length);
      expect(
        two.findIndex((x, i) => !Object.is(x, one[i])),
        metric,
      ).toBe(-1);
    }
  });
});
