/** Tables of Arrow (apache-arrow, flechette) and Arquero as columns. */

import { isTypedArray } from '../text/describe.ts';
import type { Column } from './columns.ts';

/** A column of Arrow. */
interface ArrowVector {
  readonly length: number;
  readonly nullCount: number;
  readonly type: {
    readonly typeId: number;
    readonly precision?: unknown;
    readonly dictionary?: { typeId: number };
  };
  get?(row: number): unknown;
  at(row: number): unknown;
  toArray(): unknown;
}

interface ArrowTable {
  readonly numRows: number;
  readonly schema: { readonly fields: readonly { readonly name: string }[] };
  getChildAt?(index: number): ArrowVector;
  getChild(name: string): ArrowVector;
}

interface ArqueroTable {
  numRows(): number;
  columnNames(): string[];
  array(name: string): ArrayLike<unknown>;
}

/** Types of Arrow that hold no numbers, by their ids in the format's Schema.fbs. */
const OTHER: Record<number, string> = {
  1: 'nulls',
  4: 'bytes',
  5: 'text',
  8: 'dates',
  9: 'times',
  10: 'times',
  11: 'intervals',
  13: 'records',
  14: 'values of several types',
  15: 'bytes',
  17: 'maps',
  18: 'durations',
  19: 'bytes',
  20: 'text',
  23: 'bytes',
  24: 'text',
};
const [INT, FLOAT, DECIMAL] = [2, 3, 7];

const can = (x: object, name: string) => typeof (x as Record<string, unknown>)[name] === 'function';

export function isArrowTable(x: object): x is ArrowTable {
  return can(x, 'getChild') && 'schema' in x && 'numRows' in x;
}

export function isArrowVector(x: object): x is ArrowVector {
  return can(x, 'toArray') && can(x, 'at') && 'nullCount' in x && 'type' in x;
}

export function isArquero(x: object): x is ArqueroTable {
  return can(x, 'columnNames') && can(x, 'numRows') && can(x, 'array');
}

/** A column of Arrow. Values are taken one by one where the array of them would not be numbers, or would hide nulls. */
export function columnOf(name: string, vector: ArrowVector): Column {
  const { precision, dictionary } = vector.type;
  const { typeId } = dictionary ?? vector.type;
  const plain =
    !dictionary && vector.nullCount === 0 && (typeId === INT || (typeId === FLOAT && precision !== 0));
  const values = plain ? vector.toArray() : undefined;
  if (isTypedArray(values)) return { name, at: (row) => values[row] };
  const at = (row: number) => (vector.get ? vector.get(row) : vector.at(row));
  // apache-arrow gives the words of a decimal, flechette a number.
  const words = typeId === DECIMAL && vector.length > 0 && typeof at(0) === 'object';
  return { name, at, holds: words ? 'decimals' : OTHER[typeId] };
}

export function arrowColumns(table: ArrowTable): Column[] {
  return table.schema.fields.map(({ name }, i) =>
    columnOf(name, table.getChildAt ? table.getChildAt(i) : table.getChild(name)),
  );
}

/** The columns of an Arquero table, with its filter and its order. */
export function arqueroColumns(table: ArqueroTable): Column[] {
  return table.columnNames().map((name) => {
    const values = table.array(name);
    return { name, at: (row) => values[row] };
  });
}
