/** What is no file is refused by open with the line that makes rows of it. */
import { expect, test } from 'vitest';
import { open } from '../../src/sources/index.ts';

const ROWS = [
  [1, 2],
  [3, 5],
];

test('open of data of other libraries', async () => {
  const FOREIGN: [X: unknown, words: string][] = [
    [ROWS.map(([x, y]) => ({ name: 'a', x, 'the y': y })), 'X.map((r) => [r.x, r["the y"]])'],
    [
      { data: BigInt64Array.from(ROWS.flat(), BigInt), dims: [2, 2] },
      '{ data: Float64Array.from(X.data, Number)',
    ],
    [{ shape: [2, 2], arraySync: () => ROWS, data() {} }, 'await X.array()'],
    [new Response('x'), 'readMatrix(await open(await X.blob()))'],
    [Promise.resolve(ROWS), 'pass await X'],
  ];
  for (const [X, words] of FOREIGN) await expect(open(X as never)).rejects.toThrow(words);
});
