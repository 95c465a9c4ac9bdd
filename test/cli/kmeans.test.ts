/** coppice kmeans: what it writes, what it says, and what it refuses. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { adjustedRand, kmeans, Model } from '../../src/index.ts';
import { open } from '../../src/sources/index.ts';
import { readInt32Npy, twoGroupsNpy, workplace } from './help.ts';

const { run, put, path, files } = workplace();
put('in.npy', twoGroupsNpy(400, 3));
put('table.csv', 'name,a,b\nu,1,2\nv,1.5,2\nw,9,9\nx,9,8.5\ny,nan,1\n');

const labelsOf = (name: string) => readInt32Npy(readFileSync(path(name)));

describe('kmeans', () => {
  test('labels, model and centroids are those of the library; assign gives the same labels', async () => {
    const { code, stdout, stderr } = await run(
      ...['kmeans', 'in.npy', '--k', 3, '--seed', 5, '--out', 'l.npy'],
      ...['--model', 'm.safetensors', '--centroids', 'c.npy', '--json'],
    );
    expect([code, stderr]).toEqual([0, '']);
    const source = await open(path('in.npy'));
    const wanted = await kmeans(source, { k: 3, seed: 5 });
    const labels = labelsOf('l.npy');
    expect([...labels]).toEqual([...wanted.labels]);
    const model = Model.load(readFileSync(path('m.safetensors')));
    expect(model.leaders.data).toEqual(wanted.centroids.data);
    const facts = JSON.parse(stdout);
    expect(facts).toMatchObject({
      command: 'kmeans',
      rows: 400,
      k: 3,
      inertia: wanted.inertia,
      converged: true,
    });
    expect(facts.clusters.map(({ cluster }: { cluster: number }) => cluster)).toEqual([0, 1, 2]);
    await run('assign', 'in.npy', '--model', 'm.safetensors', '--out', 'again.npy');
    expect(labelsOf('again.npy')).toEqual(labels);
    const matrix = await open(path('c.npy'));
    expect([matrix.rows, matrix.cols, matrix.dtype]).toEqual([3, 3, source.dtype]);
  });

  test('memory and chunks do not matter', async () => {
    await run('kmeans', 'in.npy', '--k', 2, '--out', 'a.npy');
    for (const more of [
      ['--chunk-rows', 7],
      ['--memory', '400kB', '--chunk-rows', 30],
      ['--threads', 2],
    ]) {
      const { code } = await run('kmeans', 'in.npy', '--k', 2, '--out', 'b.npy', ...more);
      expect(code).toBe(0);
      expect(labelsOf('b.npy')).toEqual(labelsOf('a.npy'));
    }
    const mini = await run(
      'kmeans',
      'in.npy',
      '--k',
      2,
      '--mini-batch',
      '--batch-rows',
      50,
      '--out',
      'b.npy',
    );
    expect(mini.stdout).toContain('moved after 8 batches, in 1 pass');
    expect(adjustedRand(labelsOf('b.npy'), labelsOf('a.npy'))).toBe(1);
  });

  test('names of rows, distances, and rows that are left out', async () => {
    const args = ['kmeans', 'table.csv', '--k', 2, '--id-column', 'name', '--columns', 'a,b'];
    const failed = await run(...args, '--out', 'no.csv');
    expect([failed.code, failed.stderr]).toEqual([1, expect.stringMatching(/table.csv.*nan/i)]);
    expect(files()).not.toContain('no.csv');
    const { code, stdout } = await run(...args, '--out', 'l.csv', '--distances', '--on-bad-row', 'skip');
    expect(code).toBe(0);
    const lines = readFileSync(path('l.csv'), 'utf8').trim().split('\n');
    expect(lines[0]).toBe('name,cluster,distance');
    expect(lines[1].split(',')[1]).toBe(lines[2].split(',')[1]);
    expect(lines[3].split(',')[1]).toBe(lines[4].split(',')[1]);
    expect(stdout).toContain('2 centroids from k-means++');
  });

  test.each([
    [[], 2, "required option '--k <n>' not specified"],
    [['--k', 0], 2, "option '--k <n>' argument '0' is invalid"],
    [['--k', 401], 1, 'k must be at most the number of rows, got k 401 for 400 rows'],
    [['--k', 2, '--batch-rows', 5], 2, '--batch-rows needs --mini-batch'],
    [['--k', 9, '--sample', 5], 2, 'sample must be at least k, 9, got 5'],
    [['--k', 2, '--centroids', 'c.csv'], 2, '--centroids must name a .npy file'],
    [['--k', 2, '--out', 'l.txt'], 2, 'labels are written as'],
    [['--k', 2, '--metric', 'rmsd'], 2, 'Allowed choices are euclidean, cosine'],
    [['--k', 2, '--memory', '1kB'], 1, 'but --memory allows 1 kB'],
  ])('%j', async (args, code, message) => {
    const result = await run('kmeans', 'in.npy', ...args);
    expect([result.code, result.stdout]).toEqual([code, '']);
    expect(result.stderr).toContain(message);
    expect(result.stderr.trim().split('\n').length).toBe(1);
  });
});
