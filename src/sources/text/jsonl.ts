/**
 * JSON lines (NDJSON) as a source: each line is a row, as an array of numbers or as an object with numeric fields.
 * Format: https://jsonlines.org
 */

import { FormatError } from '../../errors.ts';
import { join, say } from '../../messages.ts';
import { quoted } from '../../support/text/quoted.ts';
import type { ChunkOptions, Source } from '../../types.ts';
import type { Bytes } from '../bytes/bytes.ts';
import type { LimitOptions } from '../bytes/limits.ts';
import type { ColumnFacts } from '../chunks/column-facts.ts';
import type { TypedColumn } from '../chunks/columns.ts';
import { MISSING_ADVICE } from '../chunks/missing-options.ts';
import type { NamedChunk, Warned } from '../chunks/rows.ts';
import { type Rest, readMaxLine, readText } from './decode.ts';
import { leaveColumn } from './flaws.ts';
import {
  type Field,
  type JsonlOptions,
  kindOf,
  type Layout,
  layOut,
  shown,
  textOf,
  unpack,
} from './jsonl-layout.ts';
import { type Flaw, type Lines, type OnBadRow, readOnBadRow, TextRows } from './rows.ts';

/** An open JSON lines file. */
export interface JsonlSource extends Source {
  readonly dtype: 'f8';
  readonly name: string;
  readonly format: 'jsonl';
  /** Names of the fields that are read, if lines are objects; a field with an array of d numbers makes d columns. */
  readonly columns: readonly string[] | undefined;
  /** The fields of the first line, also those that are not read; empty if all of an array is read. */
  readonly fileColumns: readonly TypedColumn[];
  /** The field that names the rows: its name, or its index in an array. */
  readonly idColumn: string | number | undefined;
  /** What the first lines say about the fields. */
  readonly facts: readonly ColumnFacts[];
  /** A description in one line. */
  readonly summary: string;
  readonly onBadRow: OnBadRow;
  /** Bad lines found so far, with `onBadRow: 'skip'`, in the pass that got furthest. */
  readonly skippedRows: number;
  /** The problem of the first of them. */
  readonly firstSkipped: string | undefined;
  chunks(options: ChunkOptions): AsyncIterable<NamedChunk>;
}

const isBlank = (line: string) => line.trim() === '';

function parse(text: string): { value: unknown } | Flaw {
  try {
    return { value: JSON.parse(text) };
  } catch {
    const why = /\b(NaN|Infinity)\b/.test(text) ? ' (which has no NaN and no Infinity)' : '';
    return { problem: `the line is not JSON${why}: ${shown(text.trim())}` };
  }
}

/** JSON has no NaN, so in a row NaN stands for a missing value alone. */
const isGood = (value: unknown, keepMissing: boolean): value is number =>
  typeof value === 'number' && (value - value === 0 || (keepMissing && Number.isNaN(value)));

/** Write the numbers of a line to `row`. Returns the problem if it is not a valid row. */
function fill(
  row: Float64Array,
  value: unknown,
  { keepMissing, kind, length, fields, id, needsNames }: Layout,
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
  if (id && needsNames && typeof line[id.key] !== 'string' && typeof line[id.key] !== 'number') {
    return {
      problem: `${quoted(id.key)} is no name: ${shown(line[id.key] ?? null)}`,
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
        const problem = `${quoted(key)} is not base64 of ${width} float32, as in the first line: ${shown(inside)}`;
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
      const name = quoted(key);
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

const NUMBER = 'a finite number';

function wrong(value: unknown, key: string | number, kind: string, column: number, what = NUMBER): Flaw {
  const name = kind === 'an array' ? '' : `${quoted(key)}: `;
  // JSON has no functions: a function is an inherited method with the same name as the field.
  if (value === undefined || typeof value === 'function') {
    return { problem: `${name.slice(0, -2)} is missing`, column, reason: 'MISSING_VALUE' };
  }
  if (value === null && what === NUMBER) {
    return {
      problem: `${name}null is a missing value; a number is needed`,
      advice: say` (${MISSING_ADVICE})`,
      column,
      reason: 'MISSING_VALUE',
    };
  }
  // A number in JSON may be too large for a float; JSON.stringify would show it as null.
  const text = typeof value === 'number' ? String(value) : JSON.stringify(shown(value));
  if (typeof value !== 'string') return { problem: `${name}${text} is not ${what}`, column, single: true };
  return {
    problem: `${name}${text} is not ${what}`,
    advice: leaveColumn(value),
    column,
    reason: 'TEXT_COLUMN',
  };
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
  // Of a bad line that is no object there is no name.
  const textAt = ({ key }: Field) =>
    kindOf(last) === layout.kind ? textOf((last as Record<string, unknown>)[key]) : '';
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
    nameOf: () => textAt(layout.id!),
    annotationOf: (_, annotation) => textAt(layout.annotations[annotation]),
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
    annotations: layout.annotations.map(({ key }) => String(key)),
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
        throw new FormatError(name, join(parsed.problem, parsed.advice ?? '', alone), { line: line + index });
      }
      const more: unknown[] = [];
      for (const text of lines.slice(index + 1, index + 64)) {
        const next = isBlank(text) ? undefined : parse(text);
        if (next && 'value' in next) more.push(next.value);
      }
      return layOut(name, parsed.value, more, line + index, options);
    }
    throw new FormatError(name, 'has no line but blank ones');
  }

  return table.source({
    format: 'jsonl' as const,
    // Text that has been converted to numbers and is not garbage-collected yet.
    overheadBytes: 16e6,
    columns: layout.kind === 'an array' ? undefined : fields.map(({ key }) => String(key)),
    fileColumns: layout.facts
      .toSorted((a, b) => a.index - b.index)
      .map(({ index, name = String(index), type }) => ({
        name,
        problem: type === 'number' ? undefined : type,
      })),
    idColumn: layout.id?.key,
    facts: layout.facts,
    summary: `JSON lines, ${layout.kind.replace('an ', '')}s`,
  });
}
