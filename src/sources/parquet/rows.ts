/**
 * Turns the values and levels of a Parquet page into rows of numbers. The definition level of a value says whether it, or
 * a list around it, is null. Its repetition level says whether it begins a row.
 * Levels: https://github.com/apache/parquet-format#nested-encoding
 */

import type { DecodedArray, SchemaTree } from 'hyparquet/src/types.js';
import type { FloatArray } from '../../types.ts';
import { textOf } from '../chunks/columns.ts';

/** A leaf column of the schema. */
export interface Leaf {
  /** Its name in options and messages. */
  name: string;
  /** The names from the root to the leaf. */
  path: string;
  /** Its place among the leaves, and so among the columns of each row group. Two columns may have the same name. */
  index: number;
  schemaPath: SchemaTree[];
  /** Whether a row is a list of values. */
  list: boolean;
  maxDefinition: number;
  /** Definition level from which on a list has an element. */
  elementDefinition: number;
}

/** Consecutive rows. */
export interface ParquetRows {
  /** Row number of the first one in the file. */
  first: number;
  rows: number;
  /** rows x width numbers, or one text per row. */
  values: FloatArray | string[];
  /** The problems of rows with nulls, by row number. */
  nulls: Map<number, string> | undefined;
}

const TOO_FEW = 'its values are too few';
const LEVELS = 'its levels are damaged';

/** Make rows with one value each; they are texts if `make` is left out. */
export function flatRows(
  values: DecodedArray,
  definitions: ArrayLike<number>,
  { maxDefinition }: Leaf,
  first: number,
  rows: number,
  make: ((n: number) => FloatArray) | undefined,
): ParquetRows {
  if (definitions.length > 0 && definitions.length !== rows) throw new Error('its levels are too few');
  if (values.length !== rows && definitions.length === 0) throw new Error(TOO_FEW);
  let nulls: ParquetRows['nulls'];
  let used = 0;
  const out = make ? make(rows) : new Array<string>(rows);
  for (let i = 0; i < rows; i++) {
    if (definitions[i] > maxDefinition) throw new Error(LEVELS);
    if (definitions.length > 0 && definitions[i] < maxDefinition) {
      nulls ??= new Map();
      nulls.set(first + i, 'is null');
      out[i] = (make ? Number.NaN : '') as number;
      continue;
    }
    const value = values[used++];
    if (value === undefined) throw new Error(TOO_FEW);
    out[i] = (make ? Number(value) : textOf(value)) as number;
  }
  if (used !== values.length) throw new Error('it has more values than rows');
  return { first, rows, values: out, nulls };
}

/** The contents of a page of lists. If definitions are missing, no value is null. */
interface Lists {
  values: ArrayLike<unknown>;
  definitions: readonly number[];
  repetitions: readonly number[];
}

/** Turns lists into rows. All lists must have `width` numbers. A list may continue in the next page. */
export class ListRows {
  /** The first numbers of a list that continues in the next page. */
  #carry: number[] = [];
  /** Pages read before the first list was complete and its length known. */
  #pending: Lists | undefined;
  /** No page of the row group has been read. */
  #fresh = true;

  readonly #leaf: Leaf;
  readonly #make: (n: number) => FloatArray;
  readonly #fail: (row: number, problem: string) => never;

  constructor(
    leaf: Leaf,
    make: (n: number) => FloatArray,
    /** Undefined: the length of row 0 is used. */
    public width: number | undefined,
    fail: (row: number, problem: string) => never,
  ) {
    this.#leaf = leaf;
    this.#make = make;
    this.#fail = fail;
  }

  /** Start a row group. */
  begin(): void {
    this.#carry = [];
    this.#pending = undefined;
    this.#fresh = true;
  }

  /** Whether the next page may continue a list of this one. */
  get within(): boolean {
    return this.#carry.length > 0 || this.#pending !== undefined;
  }

  /** Take a page and return the rows that are complete. `first` is the next row; `last` says that no page follows. */
  take(page: Lists, first: number, last: boolean): ParquetRows {
    const { maxDefinition } = this.#leaf;
    let lists = page;
    if (this.#pending) {
      const full = ({ definitions, repetitions }: Lists) =>
        definitions.length > 0 ? definitions : repetitions.map(() => maxDefinition);
      const pending = this.#pending;
      lists = {
        values: [...Array.from(pending.values), ...Array.from(page.values)],
        definitions: [...full(pending), ...full(page)],
        repetitions: [...pending.repetitions, ...page.repetitions],
      };
    }
    const entries = lists.definitions.length || lists.values.length;
    if (lists.repetitions.length !== entries) throw new Error('its levels are too few');
    if (this.#fresh && lists.repetitions[0] !== 0) throw new Error('its first value begins no row');
    if (this.width === undefined) {
      if (!last && lists.repetitions.indexOf(0, 1) < 0) {
        // Copied, since the memory of the page is reused for the next one.
        this.#pending = { ...lists, values: Array.from(lists.values) };
        return { first, rows: 0, values: this.#make(0), nulls: undefined };
      }
      this.#pending = undefined;
      this.width = this.#firstLength(lists);
    }
    return this.#assemble(lists, this.width, first, last);
  }

  #assemble(
    { values, definitions, repetitions }: Lists,
    width: number,
    first: number,
    last: boolean,
  ): ParquetRows {
    const { maxDefinition, elementDefinition } = this.#leaf;
    const carry = this.#carry;
    this.#fresh = false;
    let most = carry.length > 0 ? 1 : 0;
    for (const level of repetitions) {
      if (level > 1) throw new Error(LEVELS);
      if (level === 0) most++;
    }
    const out = this.#make(most * width);
    out.set(carry);
    this.#carry = [];
    let nulls: ParquetRows['nulls'];
    let row = carry.length > 0 ? first : first - 1; // the row that is being filled
    let length = carry.length;
    let to = 0;
    for (let i = 0, from = 0; i < repetitions.length; i++) {
      if (repetitions[i] === 0) {
        if (row >= first && length !== width) this.#ragged(row, length, width);
        row++;
        length = 0;
        to = (row - first) * width;
      } else if (row < first) {
        this.#ragged(first - 1, width + 1, width);
      }
      const definition = definitions.length > 0 ? definitions[i] : maxDefinition;
      if (definition > maxDefinition) throw new Error(LEVELS);
      if (definition < elementDefinition) {
        // One entry stands for the whole list, which is empty or null.
        if (definition === elementDefinition - 1) this.#ragged(row, 0, width);
        nulls ??= new Map();
        nulls.set(row, 'is null');
        out.fill(Number.NaN, to, to + width);
        length = width;
        continue;
      }
      if (length >= width) this.#ragged(row, length + 1, width);
      if (definition < maxDefinition) {
        nulls ??= new Map();
        if (!nulls.has(row)) nulls.set(row, `is null at place ${length}`);
        out[to + length++] = Number.NaN;
        continue;
      }
      const value = values[from++];
      if (value === undefined) throw new Error(TOO_FEW);
      out[to + length++] = Number(value);
    }
    let rows = row - first + 1;
    if (row >= first && length < width) {
      if (last) this.#ragged(row, length, width);
      // A null in an incomplete list is an error at once, since it would be forgotten with the next page.
      if (nulls?.has(row)) this.#fail(row, nulls.get(row)!);
      this.#carry = Array.from(out.subarray(to, to + length));
      rows--;
    }
    return { first, rows, values: out.subarray(0, rows * width), nulls };
  }

  #firstLength({ definitions, repetitions }: Lists): number {
    if (definitions.length > 0 && definitions[0] < this.#leaf.elementDefinition) {
      this.#fail(0, 'is empty or null, so that the number of columns is not known');
    }
    const next = repetitions.indexOf(0, 1);
    return next < 0 ? repetitions.length : next;
  }

  #ragged(row: number, length: number, width: number): never {
    const has = length > width ? `has more than ${width} numbers` : `has ${length} numbers`;
    this.#fail(row, `${has}; row 0 has ${width}`);
  }
}
