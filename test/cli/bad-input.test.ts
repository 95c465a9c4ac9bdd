/** Bad input: one clear line on stderr, the right exit code, nothing on stdout, and no output. */

import { writeFileSync } from 'node:fs';
import type * as H5wasm from 'h5wasm';
import { beforeAll, describe, expect, test } from 'vitest';
import { encode, npy, npyHeader } from '../sources/help.ts';
import { TRAJECTORY, twoGroupsNpy, workplace } from './help.ts';

const { run, spawned, put, path, files } = workplace();

/** The one line of a refused command. */
async function refused(code: number, ...args: (string | number)[]): Promise<string> {
  const ran = await run(...args);
  expect(ran.stdout).toBe('');
  expect(ran.stderr).toMatch(/^coppice: .+\n$/);
  expect(ran.code).toBe(code);
  expect(files().filter((name) => name.endsWith('.tmp') || name === 'out.npy')).toEqual([]);
  return ran.stderr.slice('coppice: '.length, -1);
}
const cluster = (code: number, input: string, ...args: (string | number)[]) =>
  refused(code, 'cluster', input, '--clusters', 2, '--out', 'out.npy', ...args);

beforeAll(async () => {
  put('good.npy', twoGroupsNpy(60, 4));
  put('good.csv', 'a,b\n0,0\n0,1\n9,9\n9,8\n');
  const h5: typeof H5wasm = await import('h5wasm/node');
  await h5.ready;
  const file = new h5.File(path('other.h5'), 'w');
  file.create_dataset({ name: 'temperatures', data: new Float32Array(6), shape: [3, 2] });
  file.close();
});

test('a process of its own says the same, and ends with the same code', async () => {
  for (const args of [
    ['cluster', 'missing.npy', '--clusters', 2],
    ['cluster', 'good.npy', '--clusters', 'x'],
    ['clster'],
  ]) {
    const here = await run(...args);
    expect(here.code).toBeGreaterThan(0);
    expect(await spawned(...args)).toEqual(here);
  }
});

describe('files', () => {
  test('that are not there, are folders, or standard input', async () => {
    expect(await cluster(1, 'missing.npy')).toBe('cannot read "missing.npy": there is no such file');
    expect(await cluster(1, '.')).toContain('is a folder');
    expect(await cluster(2, '-')).toContain('standard input cannot be used');
  });

  test('of no known format, or empty', async () => {
    expect(await cluster(1, put('what.xyz', 'hello there'))).toContain(
      'what.xyz, byte 0: is of an unknown format',
    );
    expect(await cluster(1, put('empty.npy', ''))).toContain('is empty');
  });

  test('NPY: cut off, or with a header that lies', async () => {
    const whole = npy('<f8', [10, 3], new Float64Array(30));
    expect(await cluster(1, put('cut.npy', whole.subarray(0, whole.length - 8)))).toMatch(
      /^cut\.npy, byte \d+: shape \(10, 3\) needs 240 bytes of data, but 232 are there/,
    );
    expect(await cluster(1, put('head.npy', whole.subarray(0, 20)))).toMatch(
      /^head\.npy, byte \d+: the header claims/,
    );
    const lie = "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000, 64), }";
    const lying = new Uint8Array(Buffer.concat([npyHeader(lie), encode('<f8', [1, 2, 3])]));
    expect(await cluster(1, put('lie.npy', lying))).toMatch(
      /^lie\.npy, byte \d+: shape .* needs 512000000000000 bytes/,
    );
  });

  test('CSV: ragged and non-numeric lines, with file, line and column', async () => {
    expect(await cluster(1, put('ragged.csv', 'a,b\n1,2\n3\n4,5\n'))).toMatch(
      /^ragged\.csv, line 3, column 2: /,
    );
    expect(await cluster(1, put('words.csv', 'a,b\n1,2\n3,4\n5,six\n'))).toMatch(
      /^words\.csv, line 4, column 2: "six" is not a number \(leave the column out with --columns, or name it --id-column\)/,
    );
    expect(await cluster(1, 'good.csv', '--columns', 'a,z')).toMatch(
      /^--columns: good\.csv has no column "z"/,
    );
    expect(await cluster(1, 'good.csv', '--id-column', 'z')).toMatch(
      /^--id-column: good\.csv has no column "z"/,
    );
  });

  test('NaN and infinity, with the row', async () => {
    const values = Array.from({ length: 20 }, (_, i) => (i === 13 ? Number.NaN : i));
    expect(await cluster(1, put('nan.npy', npy('<f4', [10, 2], values)))).toMatch(
      /^nan\.npy: row 6, column 1 is NaN/,
    );
    // Not in the sample: the second pass finds it.
    expect(await cluster(1, 'nan.npy', '--stride', 4)).toMatch(/^nan\.npy: row 6, column 1 is NaN/);
    values[13] = Number.NEGATIVE_INFINITY;
    expect(await cluster(1, put('inf.npy', npy('<f8', [10, 2], values)))).toContain(
      'row 6, column 1 is -Infinity',
    );
    expect(await cluster(1, put('nan.csv', '1,2\n3,nan\n5,6\n'))).toMatch(/^nan\.csv, line 2, column 2: /);
  });

  test('HDF5: without coordinates, or no HDF5', async () => {
    expect(await cluster(1, 'other.h5')).toBe(
      'other.h5: has no /coordinates, so it is not an MDTraj trajectory; there are /temperatures (3 x 2); name one with --dataset',
    );
    expect(await cluster(1, 'other.h5', '--dataset', 'pressures')).toMatch(
      /^--dataset: other\.h5 has no dataset/,
    );
    const damaged = Buffer.concat([Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'), Buffer.alloc(300, 7)]);
    expect(await cluster(1, put('damaged.h5', damaged))).toContain('damaged.h5');
  });

  test('too few rows: none, one, fewer than clusters or than the stride', async () => {
    expect(await cluster(1, put('none.npy', npy('<f4', [0, 3], [])))).toContain('at least two rows');
    expect(await cluster(1, put('one.npy', npy('<f4', [1, 3], [1, 2, 3])))).toContain('at least two rows');
    expect(await cluster(1, put('none.csv', 'a,b\n'))).toContain('at least two rows');
    expect(await cluster(1, put('one.csv', 'a,b\n1,2\n'))).toContain('at least two rows');
    expect(await cluster(1, 'good.npy', '--clusters', 61)).toContain('got 61 clusters for 60 rows');
    expect(await cluster(1, 'good.csv', '--clusters', 5)).toContain('got 5 clusters for 4 rows');
    expect(await cluster(1, 'good.npy', '--stride', 60)).toMatch(/^good\.npy: stride 60 selects only one/);
    expect(await cluster(1, 'good.csv', '--stride', 9)).toContain('at least two rows');
  });

  test('that a metric, the memory or a model does not fit', async () => {
    expect(await cluster(1, 'good.npy', '--metric', 'rmsd')).toMatch(
      /'rmsd' needs .* 3 divides; got 4 columns/,
    );
    expect(await cluster(1, 'good.npy', '--memory', '50kB', '--stride', 1)).toMatch(
      /--memory allows 50 kB; a sample of \d+ rows would fit, that is a stride of \d+$/,
    );
    expect(await cluster(1, 'good.npy', '--memory', '100B')).toMatch(
      /not even two rows fit; the least is .* kB$/,
    );
    expect(await refused(1, 'assign', 'good.npy', '--model', 'no.st')).toBe(
      'cannot read the model "no.st": there is no such file',
    );
    expect(await refused(1, 'assign', 'good.npy', '--model', 'good.npy')).toContain('safetensors');
    await run('cluster', 'good.npy', '--clusters', 2, '--model', 'four.st');
    expect(await refused(1, 'assign', 'good.csv', '--model', 'four.st')).toContain(
      'good.csv has 2 columns, but the leaders of the model have 4',
    );
  });
});

describe('the command line', () => {
  test('unknown commands and options, with what was meant', async () => {
    expect(await refused(2, 'clster')).toBe(
      "unknown command 'clster' (Did you mean cluster?) (see coppice --help)",
    );
    expect(await cluster(2, 'good.npy', '--strid', 2)).toBe(
      "unknown option '--strid' (Did you mean --stride?) (see coppice cluster --help)",
    );
    expect(await refused(2, 'cluster')).toContain("missing required argument 'input'");
    expect(await cluster(1, 'good.npy', 'more.npy')).toContain('"more.npy": there is no such file');
    expect(await refused(2, 'cut', 'Z.npy', 'more.npy', '--clusters', 2)).toContain('too many arguments');
    expect(await refused(2, 'assign', 'good.npy')).toContain(
      "required option '--model <file>' not specified",
    );
  });

  test('numbers are read strictly', async () => {
    for (const [option, ...values] of [
      ['--clusters', '3x', '0', '2.5', '-1', '', '1e3', '99999999999999999999'],
      ['--stride', '0', '5.0'],
      ['--sample', '1'],
      ['--seed', '-1', '0x10'],
      ['--memory', '0MB', '256XB', 'lots', '-5MB'],
      ['--threads', '0', 'many'],
      ['--method', 'wards'],
      ['--metric', 'euclid'],
      ['--pick', 'best'],
      ['--atoms', 'CA', '5-1', 'name'],
      ['--columns', 'a,,b'],
      ['--delimiter', ';;'],
    ]) {
      for (const value of values) {
        expect(await cluster(2, 'good.npy', option, value)).toContain(`option '${option} `);
      }
    }
    const cut = await refused(2, 'cluster', 'good.npy', '--distance', 'NaN');
    expect(cut).toContain("option '--distance <t>' argument 'NaN' is invalid");
  }, 120_000);

  test('options that exclude each other', async () => {
    const both = "option '--stride <n>' cannot be used with option '--sample <rows>'";
    expect(await cluster(2, 'good.npy', '--stride', 2, '--sample', 10)).toContain(both);
    expect(await cluster(2, 'good.npy', '--distance', 2)).toContain('cannot be used with');
    expect(await cluster(2, 'good.npy', '--depth', 2)).toContain('cannot be used with');
    expect(await refused(2, 'cluster', 'good.npy')).toContain('the number of clusters is missing');
    expect(await refused(2, 'cluster', 'good.npy', '--depth', 2)).toContain('--depth needs --inconsistent');
    expect(await cluster(2, 'good.npy', '--distances')).toContain('which .npy files do not have');
    expect(await refused(2, 'cluster', 'good.npy', '--clusters', 2, '--distances')).toContain(
      '--distances needs --out',
    );
    const squares = ['--metric', 'sqeuclidean', '--method', 'ward'];
    expect(await cluster(2, 'good.npy', ...squares)).toContain(
      '--method ward is defined for --metric euclidean and rmsd, got sqeuclidean',
    );
  });

  test('options of another format', async () => {
    expect(await cluster(2, 'good.npy', '--delimiter', ';')).toBe(
      '--delimiter: is an option for csv, and good.npy is npy',
    );
    expect(await cluster(2, 'good.csv', '--atoms', 'name', 'CA')).toContain('--atoms: is an option for hdf5');
    expect(await cluster(2, TRAJECTORY, '--id-column', 'id')).toContain('--id-column: is an option for csv');
  });
});

test('COPPICE_DEBUG=1 adds the stack, and nothing else does', async () => {
  const { start } = await import('./help.ts');
  writeFileSync(path('x.csv'), 'a\nb\nc\n');
  const { stderr } = await start(['cluster', 'x.csv', '--clusters', 2], path('.'), { COPPICE_DEBUG: '1' })
    .ended;
  expect(stderr).toMatch(/\n +at /);
});
