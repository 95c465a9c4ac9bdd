/** Times distances and linkage on this machine, for the estimate of the run time. */
import { type LinkageOptions, linkage } from 'coppice';
import { METHOD_FACTS } from '../../hierarchy/linkage/methods.ts';
import { trialShape } from './forecasting.ts';
import type { FitChoice } from './protocol.ts';

/** What was timed before. */
const tried = new Map<string, { rows: number; cols: number; seconds: number }>();

/** Seconds of distances and linkage of a small random sample, by metric and method. */
export async function trial(
  { metric, method }: FitChoice,
  strategy: 'matrix' | 'linear',
  columns: number,
  dtype: 'f4' | 'f8',
) {
  const { rows, cols } = trialShape(columns);
  const key = [metric, method, strategy, cols, dtype].join();
  const known = tried.get(key);
  if (known) return known;
  const data = dtype === 'f4' ? new Float32Array(rows * cols) : new Float64Array(rows * cols);
  let seed = 1;
  for (let i = 0; i < data.length; i++) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    data[i] = seed / 2 ** 32;
  }
  // Linkage rejects most metrics for these methods. Time average linkage on a matrix instead: it takes about as long.
  const odd = METHOD_FACTS[method].squared && metric !== 'euclidean';
  const options: LinkageOptions = { metric, method, strategy, onWarning: () => {} };
  if (odd) Object.assign(options, { method: 'average', strategy: 'matrix' });
  const once = async () => {
    const start = performance.now();
    await linkage({ data, rows, cols }, options);
    return (performance.now() - start) / 1000;
  };
  await once();
  const result = { rows, cols, seconds: await once() };
  tried.set(key, result);
  return result;
}
