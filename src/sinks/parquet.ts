/**
 * Labels as Parquet: columns `row` (or the names of the rows), `cluster` and, if asked for, `distance`. A row group is written
 * when it is full, so memory does not grow with the file.
 * Format: https://parquet.apache.org/docs/file-format/
 */

import type { ColumnSource } from 'hyparquet-writer';
import type { FloatArray } from '../types.ts';
import { loadWriter } from './parquet-writer.ts';
import type { ByteSink, LabelBatch, LabelOptions, LabelSink } from './sink.ts';

/** Rows of a row group: some MB, which a reader can skip as a whole. */
const GROUP_ROWS = 131_072;

/**
 * A writer of labels as a Parquet file, compressed with Snappy. An unknown distance (NaN) becomes null.
 *
 * Memory: one row group.
 * Errors: `PlatformError` if the package hyparquet-writer is missing.
 */
export async function parquetLabels(out: ByteSink, options: LabelOptions): Promise<LabelSink> {
  const { Pipe, ParquetWriter } = await loadWriter('labels', out);
  const { idName, distances: withDistances } = options;
  // Columns of equal names could not be distinguished.
  const rowName = idName === 'cluster' || (withDistances && idName === 'distance') ? 'id' : (idName ?? 'row');
  const clusters = new Int32Array(GROUP_ROWS);
  let rows = new BigInt64Array(idName === undefined ? GROUP_ROWS : 0);
  let names: string[] = [];
  let distances: FloatArray | undefined;
  let filled = 0;
  let writer: InstanceType<typeof ParquetWriter> | undefined;

  const begin = (): InstanceType<typeof ParquetWriter> => {
    writer ??= new ParquetWriter({
      writer: new Pipe(),
      createdBy: 'coppice',
      schema: [
        { name: 'labels', num_children: withDistances ? 3 : 2 },
        idName === undefined
          ? { name: rowName, type: 'INT64', repetition_type: 'REQUIRED' }
          : {
              name: rowName,
              type: 'BYTE_ARRAY',
              converted_type: 'UTF8',
              logical_type: { type: 'STRING' },
              repetition_type: 'REQUIRED',
            },
        { name: 'cluster', type: 'INT32', repetition_type: 'REQUIRED' },
        ...(withDistances
          ? [
              {
                name: 'distance',
                type: distances instanceof Float32Array ? ('FLOAT' as const) : ('DOUBLE' as const),
                repetition_type: 'OPTIONAL' as const,
              },
            ]
          : []),
      ],
    });
    return writer;
  };

  const flush = (): void => {
    if (filled === 0) return;
    const columnData: ColumnSource[] = [
      { name: rowName, data: idName === undefined ? rows.slice(0, filled) : names },
      { name: 'cluster', data: clusters.slice(0, filled) },
    ];
    if (withDistances) {
      const data = distances!.subarray(0, filled);
      columnData.push({
        name: 'distance',
        data: data.some(Number.isNaN) ? Array.from(data, (d) => (Number.isNaN(d) ? null : d)) : data.slice(),
      });
    }
    begin().write({ columnData, rowGroupSize: GROUP_ROWS });
    filled = 0;
    names = [];
  };

  return {
    write(batch: LabelBatch): void {
      if (withDistances && !distances) {
        const single = batch.distances instanceof Float32Array;
        distances = single ? new Float32Array(GROUP_ROWS) : new Float64Array(GROUP_ROWS);
      }
      for (let i = 0; i < batch.labels.length; i++) {
        clusters[filled] = batch.labels[i];
        if (idName === undefined) rows[filled] = BigInt(batch.start + i);
        else names.push(batch.ids?.[i] ?? String(batch.start + i));
        if (distances) distances[filled] = batch.distances[i];
        if (++filled === GROUP_ROWS) flush();
      }
    },
    finish(): void {
      flush();
      begin().finish();
      rows = new BigInt64Array(0);
    },
  };
}
