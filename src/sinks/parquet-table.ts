/** The rows of a table as Parquet: columns of text, and beside them cluster, distance and representative. */

import { loadWriter } from './parquet-writer.ts';
import type { ByteSink } from './sink.ts';

/** Most rows and characters of a row group. */
const GROUP_ROWS = 131_072;
const GROUP_CHARACTERS = 5e5;

/** Results of one row; null for a row without a cluster. */
export interface RowResult {
  cluster: number | null;
  distance: number | null;
  representative: string | null;
}

/**
 * A writer of rows. Memory: one row group, of half a million characters and one chunk.
 * @param headings of the text columns, and of the three others
 */
export async function parquetTable(
  out: ByteSink,
  headings: readonly string[],
  added: readonly [cluster: string, distance: string, representative: string],
): Promise<{
  write(columns: readonly (readonly string[])[], results: readonly RowResult[]): void;
  finish(): void;
}> {
  const { Pipe, ParquetWriter } = await loadWriter('tables', out);
  const text = (name: string) => ({
    name,
    type: 'BYTE_ARRAY' as const,
    converted_type: 'UTF8' as const,
    logical_type: { type: 'STRING' as const },
    repetition_type: 'OPTIONAL' as const,
  });
  const writer = new ParquetWriter({
    writer: new Pipe(),
    createdBy: 'coppice',
    // They would take longer than all the rest.
    statistics: false,
    schema: [
      { name: 'table', num_children: headings.length + added.length },
      ...headings.map(text),
      { name: added[0], type: 'INT32', repetition_type: 'OPTIONAL' },
      { name: added[1], type: 'DOUBLE', repetition_type: 'OPTIONAL' },
      text(added[2]),
    ],
  });
  let held: string[][] = headings.map(() => []);
  let results: RowResult[] = [];
  let characters = 0;
  const flush = () => {
    if (results.length === 0) return;
    writer.write({
      columnData: [
        ...headings.map((name, j) => ({ name, data: held[j], encoding: 'PLAIN' as const })),
        { name: added[0], data: results.map(({ cluster }) => cluster) },
        { name: added[1], data: results.map(({ distance }) => distance) },
        { name: added[2], data: results.map(({ representative }) => representative) },
      ],
      rowGroupSize: GROUP_ROWS,
    });
    held = headings.map(() => []);
    results = [];
    characters = 0;
  };
  return {
    write(columns, more) {
      for (const [i, result] of more.entries()) {
        for (const [j, column] of columns.entries()) {
          held[j].push(column[i]);
          characters += column[i].length;
        }
        results.push(result);
        if (results.length === GROUP_ROWS || characters >= GROUP_CHARACTERS) flush();
      }
    },
    finish() {
      flush();
      writer.finish();
    },
  };
}
