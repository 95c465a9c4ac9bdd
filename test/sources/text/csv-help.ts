import { expect } from 'vitest';
import { type CsvSource, type NamedChunk, type OpenOptions, open } from '../../../src/sources/index.ts';
import { rowsOf } from '../help.ts';

/** A text, as a file of that name. */
export async function csv(text: string | Uint8Array, options: OpenOptions = {}): Promise<CsvSource> {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  return (await open(bytes, { name: 'table.csv', ...options })) as CsvSource;
}
export const all = (source: CsvSource) => rowsOf(source, { chunkRows: 2 });

export async function idsOf(source: CsvSource, chunkRows: number): Promise<string[]> {
  const ids: string[] = [];
  for await (const chunk of source.chunks({ chunkRows }) as AsyncIterable<NamedChunk>) {
    expect(chunk.ids?.length).toBe(chunk.rows);
    ids.push(...chunk.ids!);
  }
  return ids;
}
