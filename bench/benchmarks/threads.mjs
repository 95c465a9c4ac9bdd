/** One thread and two in turns, and whether both give the same bits. */
import { assign, createModel, linkage, pdist } from '../../build/index.js';
import { asFloat64, normalRows, uniform } from '../data.mjs';
import { Report } from '../harness.mjs';

export const title = 'Two threads beside one';

function rowsAround(rows, cols, seed) {
  const next = uniform(seed);
  return { data: Float32Array.from({ length: rows * cols }, () => next() - 0.5), rows, cols };
}

const sameBits = (a, b) =>
  Buffer.compare(
    new Uint8Array(a.buffer, a.byteOffset, a.byteLength),
    new Uint8Array(b.buffer, b.byteOffset, b.byteLength),
  ) === 0;

/** Labelling of rows in memory. */
function labelling(rows, m) {
  const leaders = rowsAround(m, rows.cols, 2);
  const labels = Int32Array.from({ length: m }, (_, i) => i);
  const model = createModel({ leaders, labels, metric: 'euclidean' });
  const nearest = new Int32Array(rows.rows);
  return async (threads) => {
    for await (const part of assign(rows, model, { threads })) nearest.set(part.nearest, part.start);
    return nearest;
  };
}

function* works(quick) {
  const n = quick ? 3000 : 8000;
  const single = normalRows(n, 64, 1);
  yield [`pdist, ${n} x 64, float32`, 1.7, (threads) => pdist(single, 'euclidean', { threads })];
  const double = asFloat64(normalRows(Math.round(n * 0.7), 64, 1));
  yield [`pdist, ${double.rows} x 64, float64`, 1.7, (threads) => pdist(double, 'euclidean', { threads })];
  const frames = normalRows(quick ? 500 : 2000, 3 * 264, 3);
  yield [`RMSD of ${frames.rows} frames of 264 atoms`, 1.7, (threads) => pdist(frames, 'rmsd', { threads })];
  const rows = rowsAround(quick ? 200_000 : 1_000_000, 64, 1);
  for (const m of [100, 30, 6]) {
    const asked = m === 100 ? 1.7 : undefined;
    yield [`assign, ${rows.rows.toLocaleString('en')} x 64, ${m} leaders`, asked, labelling(rows, m)];
  }
  const few = normalRows(quick ? 4000 : 10_000, 16, 5);
  const condensed = { y: undefined };
  yield [
    `linkage from condensed, n = ${few.rows}, ward, float32`,
    1.4,
    async (threads) => {
      condensed.y ??= await pdist(few, 'euclidean');
      return linkage(condensed.y, { method: 'ward', threads });
    },
  ];
  const wide = normalRows(quick ? 3000 : 10_000, 64, 6);
  for (const method of ['ward', 'single']) {
    yield [
      `linkage in linear memory, ${wide.rows} x 64, ${method}`,
      undefined,
      (threads) => linkage(wide, { method, strategy: 'linear', threads }),
    ];
  }
}

export async function run({ quick = false } = {}) {
  const report = new Report(title, { unit: 'runs/s' });
  if (Report.cpu) {
    report.skip('all', 'seconds of the processor do not tell what threads gain');
    return report;
  }
  for (const [name, least, work] of works(quick)) {
    // Run each once before: workers start, and the engine compiles the hot code.
    for (const threads of [1, 2]) await work(threads);
    const results = {};
    const runOf = (threads) => async () => {
      const result = await work(threads);
      // Large results are not kept: the next run's time would include their garbage collection.
      if (results[threads] === undefined) results[threads] = result.slice();
      return undefined;
    };
    await report.contest({
      name,
      work: 1,
      ours: { 'one thread': { run: runOf(1) }, 'two threads': { run: runOf(2) } },
      rounds: 15,
      seconds: 8,
    });
    const [one, two] = report.records.filter((record) => record.name === name);
    const value = one.seconds / two.seconds;
    report.figure({
      name: `${name}: one by two`,
      value,
      unit: 'x',
      least,
      ok: sameBits(results[1], results[2]) ? undefined : false,
      ratio: true,
    });
  }
  return report;
}
