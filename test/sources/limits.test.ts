import { expect, it } from 'vitest';
import { readerRoom } from '../../src/sources/limits.ts';
import { open } from '../../src/sources/open.ts';
import { failure } from './help.ts';

it('a reader takes half of the memory limit at most', () => {
  expect(readerRoom({ memoryLimit: '64MB' })).toBe(32e6);
  expect(readerRoom({ memoryLimit: 1001 })).toBe(500);
  expect(readerRoom({})).toBe(2 ** 29);
});

it('open() takes a memory limit for any format, and checks it', async () => {
  const bytes = new TextEncoder().encode('1,2\n');
  const source = await open(bytes, { name: 'x.csv', memoryLimit: '16MB' });
  expect(source.cols).toBe(2);
  const wrong = await failure(open(bytes, { name: 'x.csv', memoryLimit: '16 apples' }));
  expect(wrong.message).toMatch(/^memoryLimit must be a positive size/);
});
