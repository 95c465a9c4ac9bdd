/** A damaged page index leads to no other rows: it is checked against the pages. */
import { parquetMetadata } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { expect, it } from 'vitest';
import { FormatError } from '../../../src/errors.ts';
import { open } from '../../../src/sources/index.ts';
import { bytesOf, rowsOf } from '../help.ts';

it.each(['f32', 'i64'])(
  'every byte of the index of column %s changed: the right rows, or an error',
  async (name) => {
    const bytes = bytesOf('v2-index.parquet');
    const { row_groups } = parquetMetadata(bytes.slice().buffer);
    const chunk = row_groups[0].columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === name);
    const [offset, length] = [chunk?.offset_index_offset, chunk?.offset_index_length].map(Number);
    expect(length).toBeGreaterThan(50);
    const range = { chunkRows: 10, start: 200, end: 220 };
    const read = async (data: Uint8Array) => rowsOf(await open(data, { columns: [name] }), range);
    const right = await read(bytes);
    let refused = 0;
    for (let at = offset; at < offset + length; at++) {
      for (const change of [1, 2, 0x10, 0x80]) {
        const damaged = bytes.slice();
        damaged[at] ^= change;
        try {
          expect(await read(damaged), `byte ${at - offset} changed by ${change}`).toEqual(right);
        } catch (error) {
          if (!(error instanceof FormatError)) throw error;
          refused++;
        }
      }
    }
    expect(refused).toBeGreaterThan(length);
  },
);

it('two columns of one name are told apart by their places', async () => {
  const bytes = parquetWriteBuffer({
    columnData: [
      { name: 'bx', data: [1, 2, 3], type: 'DOUBLE' },
      { name: 'by', data: [4, 5, 6], type: 'DOUBLE' },
    ],
  });
  const twice = Buffer.from(Buffer.from(bytes).toString('latin1').replaceAll('by', 'bx'), 'latin1');
  expect(await rowsOf(await open(new Uint8Array(twice)), { chunkRows: 3 })).toEqual([
    [1, 4],
    [2, 5],
    [3, 6],
  ]);
});
