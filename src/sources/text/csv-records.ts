/**
 * Splits text into records, one piece at a time. The rules for quotes are those of RFC 4180. Fields are stored as offsets
 * in the text; only requested fields become strings or numbers.
 * Format: https://www.rfc-editor.org/rfc/rfc4180
 */

import { FormatError } from '../../errors.ts';
import { freeBuffer } from '../../support/free-buffer.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { readDecimal } from './decimal.ts';
import { type Rest, readText } from './decode.ts';
import type { Encoding } from './encoding.ts';
import { type NumberRules, parseBy, parseNumber } from './numbers.ts';

const LINE_FEED = 10;
const RETURN = 13;
const SPACE = 32;
const QUOTE = 34;

/** How text is split into records and fields. */
export interface RecordRules {
  /** One character. */
  delimiter: string;
  /** Lines that begin with this text are comments; '' for none. */
  comment: string;
  /** How numbers are written, if not with a point and without a separator of thousands. */
  numbers?: NumberRules | undefined;
  /** Default: UTF-8. */
  encoding?: Encoding;
}

function grown(list: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * list.length);
  larger.set(list);
  freeBuffer(list);
  return larger;
}

/** The records that are complete in one piece of text. They are valid until the next batch is requested. */
export class CsvRecords {
  /** Number of records. */
  length = 0;
  /** The line after the last record, counted from 1. */
  line = 1;
  /** An error after the last record. It is not known where the next record begins. */
  wrong: { problem: string; line: number } | undefined;
  #text = '';
  #numbers: NumberRules | undefined;
  #fields = 0;
  /** For each field: where its text begins and ends, including quotes. */
  #begins = new Uint32Array(4096);
  #ends = new Uint32Array(4096);
  /** For each record: its first field, and the line on which it begins. */
  #firsts = new Uint32Array(1024);
  #lines = new Uint32Array(1024);

  /**
   * Find the records of `text`, which begins on `line`.
   * @param last whether this is the end of the text, so that the rest is a record too
   * @returns where the incomplete rest begins
   */
  scan(text: string, line: number, last: boolean, { delimiter, comment, numbers }: RecordRules): number {
    const end = text.length;
    const separator = delimiter.charCodeAt(0);
    this.#text = text;
    this.#numbers = numbers;
    this.length = 0;
    this.#fields = 0;
    this.wrong = undefined;
    let at = 0;
    let record = 0;
    let now = line;
    while (at <= end) {
      record = at;
      if (comment !== '' && text.startsWith(comment, at)) {
        const stop = text.indexOf('\n', at);
        if (stop < 0) {
          if (last) record = end + 1;
          break;
        }
        at = stop + 1;
        record = at;
        now++;
        continue;
      }
      const first = this.#fields;
      const begun = now;
      let code = separator;
      while (code === separator) {
        const begin = at;
        if (text.charCodeAt(at) === QUOTE) {
          at = this.#closing(text, at);
          if (at < 0) break;
          for (let i = text.indexOf('\n', begin); i >= 0 && i < at; i = text.indexOf('\n', i + 1)) now++;
        }
        const closed = at;
        while (at < end) {
          code = text.charCodeAt(at);
          if (code === separator || code === LINE_FEED) break;
          // Spaces are allowed after a closing quote.
          if (closed > begin && code !== SPACE && !(code === RETURN && endsLine(text, at + 1))) {
            return this.#stop(first, record, 'a quote ends within a field', begun);
          }
          at++;
        }
        if (at >= end) code = -1;
        if (this.#fields === this.#begins.length) {
          this.#begins = grown(this.#begins);
          this.#ends = grown(this.#ends);
        }
        // If lines end in CR LF, the CR does not belong to the last field.
        const broken = code !== separator && at > begin && text.charCodeAt(at - 1) === RETURN;
        this.#begins[this.#fields] = begin;
        this.#ends[this.#fields++] = closed > begin ? closed : at - (broken ? 1 : 0);
        at++;
      }
      if (at < 0 && last) return this.#stop(first, record, 'a quote is opened and not closed', begun);
      if (at < 0 || (code < 0 && !last)) {
        // The record continues in the next piece.
        this.#fields = first;
        now = begun;
        break;
      }
      if (this.length === this.#firsts.length) {
        this.#firsts = grown(this.#firsts);
        this.#lines = grown(this.#lines);
      }
      this.#firsts[this.length] = first;
      this.#lines[this.length++] = begun;
      now++;
      record = at;
    }
    this.line = now;
    return Math.min(record, end);
  }

  /** Offset after the quote that closes the field at `at`; -1 if the field is not closed. */
  #closing(text: string, at: number): number {
    for (let i = text.indexOf('"', at + 1); i >= 0; i = text.indexOf('"', i + 2)) {
      if (text.charCodeAt(i + 1) !== QUOTE) return i + 1;
    }
    return -1;
  }

  /** Free the offsets: those of a wide line take megabytes. Its records must not be used any more. */
  free(): void {
    for (const list of [this.#begins, this.#ends, this.#firsts, this.#lines]) freeBuffer(list);
    this.length = 0;
  }

  #stop(first: number, record: number, problem: string, line: number): number {
    this.#fields = first;
    this.wrong = { problem, line };
    this.line = line;
    return record;
  }

  /** Number of fields of a record. */
  fields(index: number): number {
    return (index + 1 < this.length ? this.#firsts[index + 1] : this.#fields) - this.#firsts[index];
  }

  /** A field as text, without its quotes. */
  text(index: number, field: number): string {
    const at = this.#firsts[index] + field;
    const [begin, end] = [this.#begins[at], this.#ends[at]];
    if (this.#text.charCodeAt(begin) !== QUOTE || end <= begin) return this.#text.slice(begin, end);
    return this.#text.slice(begin + 1, end - 1).replaceAll('""', '"');
  }

  /** A field as it is written, with its quotes. */
  written(index: number, field: number): string {
    const at = this.#firsts[index] + field;
    return this.#text.slice(this.#begins[at], this.#ends[at]);
  }

  /** A record as it is written, without its line break. */
  textOf(index: number): string {
    const first = this.#firsts[index];
    const last = first + this.fields(index) - 1;
    // Blanks may follow a closing quote.
    const stop = this.#text.indexOf('\n', this.#ends[last]);
    return this.#text.slice(this.#begins[first], stop < 0 ? undefined : stop).replace(/\r$/, '');
  }

  /** Whether the line of a record ends in CR LF. */
  endsInReturn(index: number): boolean {
    return this.#text[this.#ends[this.#firsts[index] + this.fields(index) - 1]] === '\r';
  }

  /** Write the value of a field to `into[place]`. @returns whether the field is a finite number */
  number(index: number, field: number, into: Float64Array, place: number): boolean {
    const at = this.#firsts[index] + field;
    const begin = this.#begins[at];
    if (this.#text.charCodeAt(begin) !== QUOTE) {
      return readDecimal(this.#text, begin, this.#ends[at], into, place, this.#numbers);
    }
    const text = this.text(index, field);
    into[place] = this.#numbers ? parseBy(text, this.#numbers) : parseNumber(text);
    return !Number.isNaN(into[place]);
  }

  /** A record as a list of texts. */
  record(index: number): string[] {
    return Array.from({ length: this.fields(index) }, (_, field) => this.text(index, field));
  }

  isBlank(index: number): boolean {
    return this.fields(index) === 1 && this.text(index, 0).trim() === '';
  }

  /** Whether a record holds a CR that is neither quoted nor part of a line break. */
  hasReturn(index: number): boolean {
    const first = this.#firsts[index];
    for (let at = first; at < first + this.fields(index); at++) {
      const begin = this.#begins[at];
      if (this.#text.charCodeAt(begin) === QUOTE) continue;
      const found = this.#text.indexOf('\r', begin);
      if (found >= 0 && found < this.#ends[at]) return true;
      if (found < 0) return false;
    }
    return false;
  }

  /** Line on which a record begins, counted from 1. */
  lineOf(index: number): number {
    return this.#lines[index];
  }
}

/** What readers of tables need of records. The rows of a sheet have it too. */
export type Records = Pick<
  CsvRecords,
  'length' | 'isBlank' | 'fields' | 'text' | 'number' | 'record' | 'lineOf'
>;

/** Whether a line ends at `at`; true also at the end of the text. */
function endsLine(text: string, at: number): boolean {
  return at >= text.length || text.charCodeAt(at) === LINE_FEED;
}

/**
 * The records of a text, in order. A blank line is a record with one empty field, and so is the empty text after the last
 * line break. Comments are not records.
 *
 * `look` says that only the first records are wanted, so that no pass is started.
 * Errors: `FormatError` for text that is not of its encoding, and for a misplaced or missing quote, with the line. A wrong quote
 * cannot be skipped, since it is not known where the next record begins.
 */
export async function* readRecords(
  file: Bytes,
  rules: RecordRules,
  signal: AbortSignal | undefined,
  options: { look?: boolean; maxLineBytes: number },
): AsyncGenerator<CsvRecords, void, undefined> {
  const batch = new CsvRecords();
  const rest: Rest = { text: '', line: 1 };
  try {
    for await (const { text, last } of readText(file, signal, rest, {
      ...options,
      encoding: rules.encoding,
    })) {
      const used = batch.scan(text, rest.line, last, rules);
      rest.line = batch.line;
      rest.text = last ? '' : text.slice(used);
      const { wrong } = batch;
      if (batch.length > 0) yield batch;
      if (wrong) throw new FormatError(file.name, wrong.problem, { line: wrong.line });
    }
  } finally {
    batch.free();
  }
}
