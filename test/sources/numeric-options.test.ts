import { expect, it } from 'vitest';
import { type OpenOptions, open } from '../../src/sources/index.ts';
import { failure, npy as npyOf } from './help.ts';

const csv = new TextEncoder().encode('a,b\n1,2\n3,4\n');
const npy = npyOf('<f8', [2, 1], [1, 2]);
const url = 'http://127.0.0.1:9/x.csv';

/** Every option of `open` that takes a number: values that are refused, besides NaN, and an input. */
const OPTIONS: [keyof OpenOptions, unknown[], Uint8Array | string | 'stream'][] = [
  ['memoryLimit', [-1, 0, Infinity], csv],
  ['memoryLimit', [-1, 0, Infinity], npy],
  ['maxLineBytes', [-1, 0, 0.5, Infinity, '5'], csv],
  // These are refused too where they have no use: another input may follow with the same options.
  ...([csv, url, 'stream'] as const).flatMap((input): [keyof OpenOptions, unknown[], typeof input][] => [
    ['timeout', [-1, 0, 2 ** 31, Infinity, '5'], input],
    ['minBytesPerSecond', [-1, Infinity, '5'], input],
    ['byteLength', [-1, 0.5, Infinity, '5'], input],
  ]),
  ['idColumn', [-1, 0.5, 2, Infinity], csv],
];

it.each(OPTIONS)('%s: NaN and %j are refused by name', async (option, values, input) => {
  for (const value of [Number.NaN, ...values]) {
    const opened = input === 'stream' ? new Blob([csv as BlobPart]).stream() : input;
    const error = await failure(open(opened, { name: input === npy ? 'x.npy' : 'x.csv', [option]: value }));
    expect([value, error.name, error.message]).toEqual([
      value,
      typeof value === 'string' ? 'TypeError' : 'RangeError',
      expect.stringMatching(new RegExp(`^${option} must be `)),
    ]);
  }
});

it.each([Number.NaN, -1, 0.5, 2, Infinity])('columns: [%s]', async (column) => {
  const error = await failure(open(csv, { name: 'x.csv', columns: [column] }));
  expect([error.name, error.message]).toEqual(['RangeError', expect.stringMatching(/^columns must be /)]);
});
