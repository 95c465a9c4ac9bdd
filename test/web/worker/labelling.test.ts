/** The second pass of the page: stopped and continued, it gives the labels of one run. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import { beforeAll, expect, test } from 'vitest';
import type { Source } from '../../../src/types.ts';
import { root } from '../../platform/help.ts';
import { clouds } from '../../platform/suite/inputs.mjs';

interface Page {
  Labels: typeof import('../../../src/web/worker/labelling.ts').Labels;
  withNames: typeof import('../../../src/web/worker/names.ts').withNames;
  twoPass: typeof import('../../../src/index.ts').twoPass;
  fromArray: typeof import('../../../src/sources/index.ts').fromArray;
  prepare: typeof import('../../../src/sources/index.ts').prepare;
}
type Fit = Awaited<ReturnType<Page['twoPass']>>;
let page: Page;

/** Modules of the page import the package by its name, which the compiler of the page resolves and Node does not. */
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coppice-labelling-'));
  try {
    const contents = `export { Labels } from './worker/labelling.ts';
      export { withNames } from './worker/names.ts';
      export { twoPass } from 'coppice';
      export { fromArray, prepare } from 'coppice/sources';`;
    const { outputFiles } = await esbuild.build({
      stdin: { contents, resolveDir: join(root, 'src/web'), loader: 'ts' },
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'node',
      external: ['node:*', 'hyparquet*', 'h5wasm*'],
      logLevel: 'error',
    });
    const file = join(folder, 'page.mjs');
    writeFileSync(file, outputFiles[0].contents);
    page = (await import(file)) as Page;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

const ROWS = 3000;
const table = () => {
  const { data } = clouds('f4', ROWS, 4, 9);
  // Columns of different scale: preparing them twice changes labels.
  for (let i = 0; i < data.length; i += 4) data[i] *= 1000;
  return page.fromArray({ data, rows: ROWS, cols: 4 } as never);
};

async function collected(labels: InstanceType<Page['Labels']>): Promise<number[]> {
  const all: number[] = [];
  for await (const piece of labels.pieces()) all.push(...piece.labels);
  return all;
}

/** Label all rows, stopped after each of the first parts; each time the source is opened again. */
async function inPieces(
  fit: Awaited<ReturnType<Page['twoPass']>>,
  source: () => Promise<Source>,
  stops: number,
) {
  const labels = new page.Labels(fit as never);
  for (let i = 0; ; i++) {
    const stop = new AbortController();
    const options = { signal: stop.signal, threads: 1, chunkRows: 200, onBadRow: 'error' as const };
    try {
      await labels.run(await source(), options, () => i < stops && stop.abort());
      return labels;
    } catch (error) {
      if ((error as Error).name !== 'AbortError') throw error;
    }
  }
}

async function whole(fit: Fit): Promise<number[]> {
  const all: number[] = [];
  for await (const { labels } of fit.assign()) all.push(...labels);
  return all;
}

test.each([0, 1, 4])('stopped %i times and continued, labels are those of one run', async (stops) => {
  // Labels of the sample by the tree often differ from those of the nearest leader.
  const fit = await page.twoPass(table(), { clusters: 9, sample: 1500, method: 'average', threads: 1 });
  const labels = await inPieces(fit, async () => table(), stops);
  expect(await collected(labels)).toEqual(await whole(fit));
});

test.each(['with', 'without'])('rows %s names that were scaled are not scaled again', async (names) => {
  const scaled = () => page.prepare(table(), { scale: 'zscore' });
  const open = async () => {
    const source = await scaled();
    return names === 'with' ? page.withNames(source, () => {}) : source;
  };
  const fit = await page.twoPass(await open(), { clusters: 9, sample: 500, threads: 1 });
  expect(fit.model.preparation?.steps.length).toBe(1);
  const labels = await inPieces(fit, scaled, 1);
  expect(await collected(labels)).toEqual(await whole(fit));
});
