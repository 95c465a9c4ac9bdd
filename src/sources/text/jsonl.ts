/**
 * JSON lines (NDJSON) as a source: each line is a row, as an array of numbers or as an object with numeric fields.
 * Format: https://jsonlines.org
 */

import { FormatError, rangeError, typeError } from '../../errors.ts';
import { countsUp, isIndexName } from '../../support/row-numbers.ts';
import type { ChunkOptions, Source } from '../../types.ts';
import type { Bytes } from '../bytes/bytes.ts';
import type { LimitOptions } from '../bytes/limits.ts';
import { indexWarning } from '../chunks/index-column.ts';
import { keepsMissing, type MissingOptions } from '../chunks/missing-options.ts';
import { type NamedChunk, type Warned, warnOf } from '../chunks/rows.ts';
import { type Rest, readMaxLine, readText, type TextOptions } from './decode.ts';
import { type Flaw, type Lines, type OnBadRow, readOnBadRow, TextRows } from './rows.ts';

/** Options of `open` for JSON lines. */
export interface JsonlOptions extends TextOptions, Pick<MissingOptions, 'missing'> {
  /**
   * Fields to read, in this order: by index from 0, or by name if lines are objects. Default for arrays: all. Default for
   * objects: the field that holds an array of numbers in the first line (an embedding, also in OpenAI's base64); if no
   * field does, all fields that hold a number, except one named index or id that numbers the rows.
   */
  columns?: readonly (string | number)[];
  /** Field with names for the rows, text or numbers; each chunk has them as `ids`. */
  idColumn?: string | number;
  /**
   * What to do with a line that is not a valid row. Default 'error'. With 'skip' it is counted in `skippedRows` and
   * becomes a row of NaN, so that the other rows keep their row numbers. `twoPass`, `kmeans`, `assign` and batches leave
   * these rows out.
   */
  onBadRow?: OnBadRow;
}

/** An open JSON lines file. */
export interface JsonlSource extends Source {
  readonly dtype: 'f8';
  readonly name: string;
  readonly format: 'jsonl';
  /** Names of the fields that are read, if lines are objects; a field with an array of d numbers makes d columns. */
  readonly columns: readonly string[] | undefined;
  /** A description in one line. */
  readonly summary: string;
  readonly onBadRow: OnBadRow;
  /** Bad lines found so far, with `onBadRow: 'skip'`, in the pass that got furthest. */
  readonly skippedRows: number;
  /** The problem of the first of them. */
  readonly firstSkipped: string | undefined;
  chunks(options: ChunkOptions): AsyncIterable<NamedChunk>;
}

interface Field {
  key: string | number;
  /** Position in the first line, from 1. Error messages call it the column. */
  place: number;
  /** Length of its array of numbers; undefined if it is a single number. */
  width: number | undefined;
  /** Whether the array is float32 in base64. */
  packed?: boolean;
}

interface Layout {
  /** Null and fields that are not there become NaN. */
  keepMissing: boolean;
  kind: 'an array' | 'an object';
  /** Length of a line that is an array. */
  length: number;
  /** The fields that are read; empty if whole arrays are read, which may be long. */
  fields: Field[];
  id: Field | undefined;
}

const isBlank = (line: string) => line.trim() === '';

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (value === null) return 'null';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string' ? 'text' : typeof value === 'boolean' ? 'true or false' : 'a number';
}

const isNumbers = (value: unknown) => Array.isArray(value) && value.every((one) => typeof one === 'number');

function shown(value: unknown): string {
  let text: string;
  try {
    text = typeof value === 'string' ? value : JSON.stringify(value);
  } catch {
    // Nested too deeply for the engine.
    return kindOf(value);
  }
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}

/** Decode base64; undefined if the text is not base64. */
function unpack(text: string): DataView | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
  return new DataView(bytes.buffer);
}

/** How many float32 a text holds in base64, as OpenAI writes embeddings; undefined if it is other text. */
function packedWidth(value: unknown): number | undefined {
  if (typeof value !== 'string' || value.length < 16) return undefined;
  const view = unpack(value);
  if (!view || view.byteLength % 4 !== 0) return undefined;
  for (let at = 0; at < view.byteLength; at += 4) {
    if (!Number.isFinite(view.getFloat32(at, true))) return undefined;
  }
  return view.byteLength / 4;
}

function parse(text: string): { value: unknown } | Flaw {
  try {
    return { value: JSON.parse(text) };
  } catch {
    const why = /\b(NaN|Infinity)\b/.test(text) ? ' (which has no NaN and no Infinity)' : '';
    return { problem: `the line is not JSON${why}: ${shown(text.trim())}` };
  }
}

/** @param more the lines that follow */
function layOut(
  file: string,
  value: unknown,
  more: readonly unknown[],
  line: number,
  options: JsonlOptions & Warned,
): Layout {
  const fail = (problem: string, column?: number): never => {
    throw new FormatError(file, problem, { line, column });
  };
  if (typeof value !== 'object' || value === null) {
    return fail(
      `the line is ${kindOf(value)}; allowed are an array of numbers and an object with fields of numbers`,
    );
  }
  const keepMissing = keepsMissing(options);
  const array = Array.isArray(value);
  if (array && isNumbers(value[0])) {
    fail('the line is an array of arrays; write a line for each row, with its numbers alone', 1);
  }
  if (array && options.columns === undefined && options.idColumn === undefined) {
    if (value.length === 0) throw rangeError(`columns: none is left to read in ${file}`);
    return { keepMissing, kind: 'an array', length: value.length, fields: [], id: undefined };
  }
  const keys: (string | number)[] = array ? Array.from(value, (_, i) => i) : Object.keys(value);
  const names = keys.slice(0, 30).map((key) => JSON.stringify(key));
  const list = names.join(', ') + (keys.length > 30 ? `, and ${keys.length - 30} more` : '');
  const valueAt = (key: string | number) => (value as Record<string | number, unknown>)[key];
  const find = (argument: string, wanted: string | number): Field => {
    if (typeof wanted !== 'string' && typeof wanted !== 'number') {
      throw typeError(`${argument}: got ${typeof wanted}; allowed are names and indexes`);
    }
    const at = typeof wanted === 'number' ? wanted : array ? -1 : keys.indexOf(wanted);
    if (!(Number.isInteger(at) && at >= 0 && at < keys.length)) {
      const has = array ? `lines are arrays of ${keys.length}` : `its first line has ${list || 'none'}`;
      throw rangeError(`${argument}: ${file} has no field ${JSON.stringify(wanted)}; ${has}`);
    }
    const inside = valueAt(keys[at]);
    const packed = argument === 'columns' ? packedWidth(inside) : undefined;
    const width = Array.isArray(inside) ? inside.length : packed;
    return { key: keys[at], place: at + 1, width, packed: packed !== undefined };
  };
  const id = options.idColumn === undefined ? undefined : find('idColumn', options.idColumn);
  let fields: Field[];
  if (options.columns !== undefined) {
    if (!Array.isArray(options.columns)) throw typeError('columns: allowed is a list of names and indexes');
    fields = options.columns.map((column) => find('columns', column));
    const twice = fields.find(({ key }, i) => fields.findIndex((other) => other.key === key) !== i);
    if (twice) throw rangeError(`columns: ${JSON.stringify(twice.key)} is listed twice`);
  } else {
    fields = keys.map((_, i) => find('columns', i)).filter(({ key }) => key !== id?.key);
    if (!array) fields = chooseFields(fields);
  }
  if (!fields.some(({ width }) => width !== 0)) throw rangeError(`columns: none is left to read in ${file}`);
  return {
    ...{ keepMissing, kind: array ? 'an array' : 'an object', length: array ? keys.length : 0 },
    ...{ fields, id },
  };

  /** The fields of an object that are read by default. */
  function chooseFields(all: Field[]): Field[] {
    // A field that is null here holds numbers if it does in a line below.
    const numbers = all.filter(({ key }) => {
      const values = [value, ...more].map((one) => (one as Record<string, unknown> | null)?.[key]);
      return typeof values.find((one) => one !== null && one !== undefined) === 'number';
    });
    const vectors = all.filter(
      ({ key, width, packed }) =>
        (width !== 0 && isNumbers(valueAt(key))) ||
        (packed && typeof key === 'string' && /embedding|vector/i.test(key)),
    );
    const quoted = (list: Field[]) => list.map(({ key }) => JSON.stringify(key)).join(', ');
    if (vectors.length > 1) {
      fail(
        `${quoted(vectors.slice(0, 5))} hold arrays of numbers: say with columns which to read`,
        vectors[1].place,
      );
    }
    if (vectors.length === 1) {
      if (numbers.length > 0) {
        const [others, it] = numbers.length === 1 ? ['is', 'it'] : ['are', 'them'];
        warnOf(options, {
          code: 'FIELDS_LEFT_OUT',
          message: `${file}: ${quoted(vectors)} holds the numbers of a row; ${quoted(numbers.slice(0, 5))} ${others} left out; to read ${it}, choose with columns`,
        });
      }
      return vectors;
    }
    // The type of null or of an empty array is not known, so the field must not be left out like text.
    const open = all.find(
      (field) => (valueAt(field.key) === null && !numbers.includes(field)) || field.width === 0,
    );
    if (open) {
      const what = open.width === 0 ? 'an empty array' : 'null';
      fail(`${JSON.stringify(open.key)} is ${what}: say with columns whether it is to be read`, open.place);
    }
    if (numbers.length === 0) fail(`no field holds numbers; there are ${list || 'none'}`);
    const index = numbers.find(({ key }) => {
      const values = [value, ...more].map((one) => Number((one as Record<string, unknown> | null)?.[key]));
      return isIndexName(String(key)) && countsUp(values);
    });
    if (!index || numbers.length === 1) return numbers;
    warnOf(options, indexWarning(file, index.place - 1, String(index.key)));
    return numbers.filter((field) => field !== index);
  }
}

/** JSON has no NaN, so in a row NaN stands for a missing value alone. */
const isGood = (value: unknown, keepMissing: boolean): value is number =>
  typeof value === 'number' && (value - value === 0 || (keepMissing && Number.isNaN(value)));

/** Write the numbers of a line to `row`. Returns the problem if it is not a valid row. */
function fill(
  row: Float64Array,
  value: unknown,
  { keepMissing, kind, length, fields, id }: Layout,
): Flaw | undefined {
  const orMissing = (one: unknown) => (keepMissing ? (one ?? Number.NaN) : one);
  if (kindOf(value) !== kind) {
    return { problem: `the line is ${kindOf(value)}, the first line is ${kind}` };
  }
  const line = value as Record<string | number, unknown>;
  if (kind === 'an array' && line.length !== length) {
    const column = Math.min(line.length as number, length) + 1;
    return { problem: `the line has ${line.length} items, the first line has ${length}`, column };
  }
  if (id && typeof line[id.key] !== 'string' && typeof line[id.key] !== 'number') {
    return {
      problem: `${JSON.stringify(id.key)} is no name: ${shown(line[id.key] ?? null)}`,
      column: id.place,
    };
  }
  if (fields.length === 0) {
    for (let i = 0; i < length; i++) {
      const one = orMissing((value as unknown[])[i]);
      if (!isGood(one, keepMissing)) return wrong(one, i, kind, i + 1);
      row[i] = one;
    }
    return undefined;
  }
  let at = 0;
  for (let j = 0; j < fields.length; j++) {
    const { key, place, width, packed } = fields[j];
    const inside = line[key];
    if (packed && typeof inside === 'string') {
      const view = unpack(inside);
      if (view?.byteLength !== 4 * (width as number)) {
        const problem = `${JSON.stringify(key)} is not base64 of ${width} float32, as in the first line: ${shown(inside)}`;
        return { problem, column: place };
      }
      for (let k = 0; k < view.byteLength; k += 4) {
        const one = view.getFloat32(k, true);
        if (one - one !== 0) return wrong(one, `${key}[${k / 4}]`, kind, place);
        row[at++] = one;
      }
      continue;
    }
    if (width === undefined) {
      const one = orMissing(inside);
      if (!isGood(one, keepMissing)) return wrong(inside, key, kind, place);
      row[at++] = one;
      continue;
    }
    if (!Array.isArray(inside)) return wrong(inside, key, kind, place, 'an array of numbers');
    if (inside.length !== width) {
      const name = JSON.stringify(key);
      return { problem: `${name} has ${inside.length} numbers, in the first line ${width}`, column: place };
    }
    for (let k = 0; k < width; k++) {
      const one = orMissing(inside[k]);
      if (!isGood(one, keepMissing)) return wrong(one, `${key}[${k}]`, kind, place);
      row[at++] = one;
    }
  }
  return undefined;
}

function wrong(
  value: unknown,
  key: string | number,
  kind: string,
  column: number,
  what = 'a finite number',
): Flaw {
  const name = kind === 'an array' ? '' : `${JSON.stringify(key)}: `;
  // JSON has no functions: a function is an inherited method with the same name as the field.
  if (value === undefined || typeof value === 'function') {
    return { problem: `${name.slice(0, -2)} is missing`, column };
  }
  // A number in JSON may be too large for a float; JSON.stringify would show it as null.
  const text = typeof value === 'number' ? String(value) : JSON.stringify(shown(value));
  if (typeof value !== 'string') return { problem: `${name}${text} is not ${what}`, column, single: true };
  const advice = 'leave the column out with columns, or name it idColumn';
  return { problem: `${name}${text} is not ${what} (${advice})`, column, reason: 'TEXT_COLUMN' };
}

/** The lines of a text, in order, including blank ones. */
async function* readLines(
  file: Bytes,
  signal: AbortSignal | undefined,
  options: { look?: boolean; maxLineBytes: number },
): AsyncGenerator<{ lines: string[]; line: number }, void, undefined> {
  const rest: Rest = { text: '', line: 1 };
  for await (const { text, last } of readText(file, signal, rest, options)) {
    const lines = text.split('\n');
    rest.text = last ? '' : (lines.pop() as string);
    if (lines.length > 0) yield { lines, line: rest.line };
    rest.line += lines.length;
  }
}

function rowsOf(lines: string[], line: number, layout: Layout): Lines {
  let last: unknown;
  return {
    length: lines.length,
    isBlank: (index) => isBlank(lines[index]),
    read(index, row) {
      last = undefined;
      const parsed = parse(lines[index]);
      if ('problem' in parsed) return parsed;
      last = parsed.value;
      return fill(row, parsed.value, layout);
    },
    nameOf() {
      const name = (last as Record<string, unknown> | null | undefined)?.[layout.id!.key];
      return typeof name === 'string' || typeof name === 'number' ? String(name) : '';
    },
    lineOf: (index) => line + index,
  };
}

/**
 * Read JSON lines as rows of float64.
 *
 * Text: UTF-8. The first line decides whether lines are arrays or objects, how long arrays are, and which fields objects
 * must have; they may have others too. Blank lines are ignored.
 * `rows` is known after a whole pass. A skipped line is a row of NaN.
 * Memory: one chunk, and a piece of text of 64 kB (or the longest line, if that is longer) with its lines.
 * Errors: `FormatError` with line and column (the position of the field in the first line) for a bad line; `RangeError`
 * for a field that does not exist.
 */
export async function openJsonl(
  bytes: Bytes,
  options: JsonlOptions & Warned & LimitOptions = {},
): Promise<JsonlSource> {
  const onBadRow = readOnBadRow(options);
  const { name } = bytes;
  const maxLineBytes = readMaxLine(options);
  const layout = await firstLayout();
  const { fields } = layout;
  const cols = fields.length === 0 ? layout.length : fields.reduce((sum, { width = 1 }) => sum + width, 0);
  const table = new TextRows({
    ...{ bytes, cols, header: false, onBadRow, named: layout.id !== undefined },
    async *lines(signal) {
      for await (const { lines, line } of readLines(bytes, signal, { maxLineBytes })) {
        yield rowsOf(lines, line, layout);
      }
    },
  });

  async function firstLayout(): Promise<Layout> {
    for await (const { lines, line } of readLines(bytes, undefined, { look: true, maxLineBytes })) {
      const index = lines.findIndex((one) => !isBlank(one));
      if (index < 0) continue;
      const parsed = parse(lines[index]);
      if ('problem' in parsed) {
        const alone = /^\s*[[{]\s*$/.test(lines[index]) ? '; a row must be on one line' : '';
        throw new FormatError(name, parsed.problem + alone, { line: line + index });
      }
      const more: unknown[] = [];
      const objects = !Array.isArray(parsed.value);
      for (const text of objects ? lines.slice(index + 1, index + 64) : []) {
        const next = isBlank(text) ? undefined : parse(text);
        if (next && 'value' in next) more.push(next.value);
      }
      return layOut(name, parsed.value, more, line + index, options);
    }
    throw new FormatError(name, 'has no line but blank ones');
  }

  return {
    format: 'jsonl',
    name,
    cols,
    dtype: 'f8',
    // Text that has been converted to numbers and is not garbage-collected yet.
    overheadBytes: 16e6,
    columns: layout.kind === 'an array' ? undefined : fields.map(({ key }) => String(key)),
    summary: `JSON lines, ${layout.kind.replace('an ', '')}s`,
    get rows() {
      return table.rows;
    },
    onBadRow,
    get skippedRows() {
      return table.skippedRows;
    },
    get firstSkipped() {
      return table.firstSkipped;
    },
    chunks: (request: ChunkOptions) => table.chunks(request),
    close: () => bytes.close(),
  };
}
