/** What is no file is refused by open with the line that reads it. */
import { expect, test } from 'vitest';
import { open } from '../../src/sources/index.ts';

const ROWS = [
  [1, 2],
  [3, 5],
];

test('open of data of other libraries', async () => {
  const line = 'fromArray(toMatrix(input)) makes a source';
  const FOREIGN: [X: unknown, words: string][] = [
    [ROWS.map(([x, y]) => ({ name: 'a', x, 'the y': y })), line],
    [ROWS.map(([x, y]) => ({ x, y })), line],
    [{ data: BigInt64Array.from(ROWS.flat(), BigInt), dims: [2, 2] }, line],
    [{ x: [1, 2], y: [3, 4] }, line],
    [new Response('x'), 'readMatrix(await open(await input.blob()))'],
    [Promise.resolve(ROWS), 'pass await input'],
  ];
  for (const [X, words] of FOREIGN) await expect(open(X as never)).rejects.toThrow(words);
});
