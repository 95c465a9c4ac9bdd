/** Columns of an Arrow schema: which ones hold numbers, which parts of a record batch they need, and filling of rows. */

import type { ErrorReason } from '../../errors.ts';
import { say, type Words } from '../../messages.ts';
import type { FloatArray } from '../../types.ts';
import { MISSING_ADVICE } from '../chunks/missing-options.ts';
import type { Message, Wanted } from './messages.ts';

type Type = {
  typeId: number;
  children?: Field[];
  stride?: number;
  precision?: number;
  /** For a union: 0 if it is sparse. */
  mode?: number;
  /** For a dictionary: its number, and below the type of its values. */
  id?: number;
  dictionary?: Type;
};
export type Field = { name: string | null; type: Type };

/** Type numbers in flechette, which are those of the format's schema. */
const INT = 2;
const FLOAT = 3;
const BOOL = 6;
const DECIMAL = 7;
const LISTS = [12, 16, 21];
const FIXED_SIZE_LIST = 16;
const TEXTS = [5, 20, 24];
const TIMES: Record<number, string> = {
  8: 'a date',
  9: 'a time',
  10: 'a time',
  11: 'a time span',
  18: 'a time span',
};

export interface Column {
  name: string;
  index: number;
  problem: string | undefined;
  list: boolean;
  single: boolean;
  /** Numbers in a row, if the type fixes it. */
  width: number | undefined;
}

export function columnOf(field: Field, index: number): Column {
  const { type } = field;
  // A field in Arrow may have no name.
  const name = field.name ?? '';
  const list = LISTS.includes(type.typeId);
  const value = list ? type.children![0].type : type;
  const id = value.typeId === -1 ? value.dictionary!.typeId : value.typeId;
  let problem: string | undefined;
  if (LISTS.includes(id)) problem = 'a list of lists';
  else if (![INT, FLOAT, BOOL, DECIMAL].includes(id)) {
    problem = TEXTS.includes(id) ? 'text' : (TIMES[id] ?? 'something else');
  } else if (type.typeId === FIXED_SIZE_LIST && !(type.stride! >= 1)) problem = 'empty lists';
  const single = id === FLOAT && value.typeId === FLOAT && value.precision! < 2;
  const width = !list ? 1 : type.typeId === FIXED_SIZE_LIST ? type.stride : undefined;
  return { name, index, problem, list, single, width };
}

/** Number of buffers of each type, without those of its children. Other types have 2: validity and values. */
const BUFFERS: Record<number, number> = {
  1: 0, // null
  4: 3, // binary
  5: 3, // text
  13: 1, // structure
  16: 1, // list of fixed size
  19: 3, // large binary
  20: 3, // large text
  22: 0, // run ends
  25: 3, // list view
  26: 3, // large list view
};
const UNION = 14;
const VIEWS = [23, 24];

/**
 * Which nodes and buffers of a record batch hold `columns`: depth first, in the order of the schema.
 * https://arrow.apache.org/docs/format/Columnar.html#recordbatch-message
 */
export function partsOf(
  fields: readonly Field[],
  columns: readonly Column[],
  { version, views }: NonNullable<Message['parts']>,
): Wanted {
  const wanted = { nodes: new Set<number>(), buffers: new Set<number>() };
  let node = 0;
  let buffer = 0;
  let view = 0;
  const visit = ({ typeId, mode, children = [] }: Type, take: boolean): void => {
    if (take) wanted.nodes.add(node);
    node++;
    let own = BUFFERS[typeId] ?? 2;
    // A sparse union has no offsets. Before version 5 (stored as 4) every union had a validity buffer.
    if (typeId === UNION) own = (mode === 0 ? 1 : 2) + (version < 4 ? 1 : 0);
    if (VIEWS.includes(typeId)) own += Math.max(0, views[view++] ?? 0);
    for (let i = 0; take && i < own; i++) wanted.buffers.add(buffer + i);
    buffer += own;
    for (const child of children) visit(child.type, take);
  };
  for (const [i, { type }] of fields.entries()) {
    visit(
      type,
      columns.some(({ index }) => index === i),
    );
  }
  return wanted;
}

/** Numbers of the dictionaries that a type needs, including those inside dictionaries. */
export function dictionariesOf({ typeId, id, dictionary, children = [] }: Type): number[] {
  const own = typeId === -1 ? [id!, ...dictionariesOf(dictionary!)] : [];
  return [...own, ...children.flatMap(({ type }) => dictionariesOf(type))];
}

export const NOTHING: Wanted = { nodes: new Set(), buffers: new Set() };

export interface RecordBatch {
  length: number;
  nullCount: number;
  validity?: Uint8Array;
  values?: ArrayLike<number | bigint>;
  offsets?: ArrayLike<number | bigint>;
  children?: RecordBatch[];
  type: { typeId: number; precision?: number };
  at(i: number): unknown;
}

/** Returns a function that gets number `i` of a batch; it returns undefined for a null. */
function numberOf(batch: RecordBatch): (i: number) => number | undefined {
  const { values, validity, nullCount, type } = batch;
  const plain = type.typeId === INT || (type.typeId === FLOAT && type.precision! > 0);
  if (!values || values.length * (type.typeId === BOOL ? 8 : 1) < batch.length) {
    throw new Error('its values are too few');
  }
  if (plain) {
    const nulls = nullCount > 0 && validity && validity.length > 0 ? validity : undefined;
    if (!nulls) return (i) => Number(values[i]);
    return (i) => (nulls[i >> 3] & (1 << (i & 7)) ? Number(values[i]) : undefined);
  }
  return (i) => {
    const value = batch.at(i);
    return value === null || value === undefined ? undefined : Number(value);
  };
}

/** Fills parts of rows from one column of one record batch. */
export class Filler {
  readonly #value: (i: number) => number | undefined;
  readonly #child: RecordBatch | undefined;

  readonly #batch: RecordBatch;
  readonly #column: Column;
  readonly #fail: (row: number, problem: string | Words, reason?: ErrorReason) => never;

  constructor(
    batch: RecordBatch,
    column: Column,
    fail: (row: number, problem: string | Words, reason?: ErrorReason) => never,
  ) {
    this.#batch = batch;
    this.#column = column;
    this.#fail = fail;
    this.#child = column.list ? batch.children![0] : undefined;
    const { offsets, length } = batch;
    if (this.#child && (offsets ? offsets.length <= length : this.#child.length < length * column.width!)) {
      throw new Error('its lists are too few');
    }
    this.#value = numberOf(this.#child ?? batch);
  }

  /** Where the list of a row is in the child array; undefined if it is null. */
  #span(i: number): [from: number, length: number] | undefined {
    const batch = this.#batch;
    const column = this.#column;
    const { validity, nullCount, offsets } = batch;
    if (nullCount > 0 && validity && validity.length > 0 && !(validity[i >> 3] & (1 << (i & 7))))
      return undefined;
    if (!offsets) return [i * column.width!, column.width!];
    const from = Number(offsets[i]);
    const length = Number(offsets[i + 1]) - from;
    if (!(from >= 0 && length >= 0 && from + length <= this.#child!.length)) {
      throw new Error('a list lies beyond its values');
    }
    return [from, length];
  }

  lengthOf(i: number): number {
    return this.#child ? (this.#span(i)?.[1] ?? 0) : 1;
  }

  /** @throws the error for a null */
  #missing(row: number, problem: string): never {
    return this.#fail(row, say`${problem} (${MISSING_ADVICE})`, 'MISSING_VALUE');
  }

  fill(target: FloatArray, at: number, i: number, width: number, row: number, nulls: boolean): void {
    if (!this.#child) {
      const value = this.#value(i);
      if (value === undefined && !nulls) this.#missing(row, 'is null');
      target[at] = value ?? Number.NaN;
      return;
    }
    const span = this.#span(i);
    if (!span) {
      if (!nulls) this.#missing(row, 'is null');
      target.fill(Number.NaN, at, at + width);
      return;
    }
    const [from, length] = span;
    if (length !== width) this.#fail(row, `has ${length} numbers; row 0 has ${width}`);
    for (let k = 0; k < width; k++) {
      const value = this.#value(from + k);
      if (value === undefined && !nulls) this.#missing(row, `is null at place ${k}`);
      target[at + k] = value ?? Number.NaN;
    }
  }
}
