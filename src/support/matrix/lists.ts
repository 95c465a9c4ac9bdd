/** Lists: of rows, of records, of tensors. */

import { rangeError, typeError } from '../../errors.ts';
import { option, say } from '../../messages.ts';
import { wrongType } from '../checks.ts';
import { ROUND, type Steps } from '../scheduling.ts';
import { type Converted, numberIn, readColumns, type Wanted } from './columns.ts';
import { checkSize, readStrided, shapeField, stridedOf } from './tensors.ts';

/** Columns by number. @throws RangeError for names and for numbers that are too large */
export function pickNumbers(wanted: Wanted, cols: number, name: string): number[] | undefined {
  return wanted?.map((one) => {
    if (typeof one === 'number' && one < cols) return one;
    const why = typeof one === 'string' ? 'whose columns have no names' : `which has ${cols} columns`;
    throw rangeError(
      say`${option('columns')}: got ${JSON.stringify(one)} for ${name}, ${why}; allowed are numbers from 0 to ${cols - 1}`,
    );
  });
}

export function isRow(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && 'length' in value);
}

/** Rows as lists of any numbers, or of numbers as text. */
export function* readLists(rows: readonly unknown[], wanted: Wanted, name: string): Steps<Converted> {
  const width = (rows[0] as ArrayLike<unknown>).length;
  const picked = pickNumbers(wanted, width, name);
  const cols = picked?.length ?? width;
  checkSize(rows.length, cols, name);
  const data = new Float64Array(rows.length * cols);
  for (let i = 0, to = 0; i < rows.length; i++) {
    const row = rows[i];
    if (!isRow(row)) throw wrongType(`${name}[${i}]`, 'an array of numbers', row);
    if (row.length !== width) {
      throw typeError(`${name}[${i}] has ${row.length} numbers, but ${name}[0] has ${width}`);
    }
    for (let j = 0; j < cols; j++, to++) {
      const at = picked ? picked[j] : j;
      const number = numberIn(row[at]);
      if (number === undefined) {
        throw wrongType(`${name}[${i}][${at}]`, 'a number', row[at]);
      }
      data[to] = number;
      if ((to & ROUND) === ROUND) yield;
    }
  }
  return { data, rows: rows.length, cols, rowBytes: 8 * cols };
}

type Fields = Record<string, unknown>;

/** Records, such as d3's rows. Their columns are the fields of the first. */
export function* readRecords(records: readonly unknown[], wanted: Wanted, name: string): Steps<Converted> {
  const keys = Object.keys(records[0] as Fields);
  if (wanted === undefined) {
    for (let i = 1; i < records.length; i++) {
      if ((i & ROUND) === ROUND) yield;
      const own = Object.keys(Object(records[i]));
      if (own.length <= keys.length) continue;
      const other = own.find((key) => !keys.includes(key));
      throw typeError(
        `${name}[${i}] has a field ${JSON.stringify(other)}, which ${name}[0] has not; choose columns with toMatrix(${name}, { columns: [...] })`,
      );
    }
  }
  const columns = keys.map((key) => ({ name: key, at: (i: number) => (Object(records[i]) as Fields)[key] }));
  return yield* readColumns(columns, records.length, wanted, name);
}

/** Tensors that hold one row each, as models give one embedding for each text. */
export function* readTensors(tensors: readonly unknown[], wanted: Wanted, name: string): Steps<Converted> {
  const rows: ArrayLike<unknown>[] = [];
  for (let i = 0; i < tensors.length; i++) {
    const tensor = Object(tensors[i]) as Fields;
    const key = shapeField(tensor);
    if (key === undefined) throw wrongType(`${name}[${i}]`, 'a tensor', tensors[i]);
    const shape = Array.from(tensor[key] as number[]);
    const width = shape[shape.length - 1];
    const size = shape.reduce((product, one) => product * one, 1);
    if (shape.length === 0 || size !== width) {
      throw typeError(
        `${name}[${i}].${key} is ${shape.join(' x ')}; a list of tensors needs one row in each`,
      );
    }
    const row = stridedOf(tensor, key, `${name}[${i}]`, [1, width]);
    rows.push((yield* readStrided(row, undefined, `${name}[${i}]`)).data);
  }
  return yield* readLists(rows, wanted, name);
}
