import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { assign, createModel, twoPass } from '../../src/index.ts';
import { open } from '../../src/sources/index.ts';

const file = '../shared/data/ala2.h5';
const SAMPLE = '2 3 3 3 1 1 3 2 1 2 3 3 3 2 2 2 2 2 1 1'.split(' ').map(Number);
const ALL = (
  '2 3 3 3 3 3 3 3 3 3 3 3 3 2 2 3 2 2 2 1 1 1 1 1 1 1 1 1 1 1 3 2 3 2 2 2 2 1 1 1 1 1 1 1 1 2 2 2 2 2 ' +
  '3 3 3 2 2 2 2 3 3 3 3 3 3 2 2 2 2 2 2 2 2 3 3 2 2 2 2 2 2 2 2 2 3 2 2 2 2 2 2 1 1 1 1 1 1 1 1 1 1 1'
)
  .split(' ')
  .map(Number);
/** Places in the sample of the leaders of clusters 1, 2 and 3. */
const LEADERS = [4, 5, 13, 17, 1, 12];

describe.skipIf(!existsSync(file))(`MDTraj's published two-pass example (needs ${file})`, () => {
  test('the sample at stride 5, ward on profiles of RMSD, gives the published labels', async () => {
    const fit = await twoPass(await open(file), {
      clusters: 3,
      stride: 5,
      profiles: true,
      method: 'ward',
      metric: 'rmsd',
    });
    expect([...fit.sampleRows]).toEqual(SAMPLE.map((_, i) => 5 * i));
    expect([...fit.sampleLabels]).toEqual(SAMPLE);
  });

  test('with the published leaders, every chunk size gives the published labels of all frames', async () => {
    const source = await open(file);
    const data = new Float32Array(LEADERS.length * source.cols);
    for await (const chunk of source.chunks({ chunkRows: 100, stride: 5 })) {
      LEADERS.forEach((at, i) => {
        data.set(chunk.data.subarray(at * source.cols, (at + 1) * source.cols), i * source.cols);
      });
    }
    const model = createModel({
      leaders: { data, rows: LEADERS.length, cols: source.cols },
      labels: [1, 1, 2, 2, 3, 3],
      metric: 'rmsd',
    });
    for (let chunkRows = 1; chunkRows <= 101; chunkRows++) {
      const labels: number[] = [];
      for await (const part of assign(source, model, { chunkRows })) labels.push(...part.labels);
      expect(labels, `chunkRows ${chunkRows}`).toEqual(ALL);
    }
  });
});
