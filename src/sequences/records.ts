/** Sequences out of text, one after another with their places: lines, FASTA, and columns of tables. */

import { FormatError, rangeError } from '../errors.ts';
import type { Bytes } from '../sources/bytes.ts';
import { type Batch, lineOf, readRecords } from '../sources/csvrecords.ts';
import { type Rest, readText } from '../sources/text.ts';
import { AMINO_ACIDS } from './properties.ts';

/** A record as it stands in the file. */
export interface SequenceRecord {
  sequence: string;
  vGene: string | undefined;
  /** Line on which it begins, from 1. */
  line: number;
  /** What is wrong with it, and in which column: of a table the field, else the character, from 1. */
  flaw?: { problem: string; column: number; line?: number };
}

export interface TableLayout {
  delimiter: string;
  /** Fields of a line. */
  fields: number;
  column: number;
  /** -1 where V genes are not asked for. */
  vColumn: number;
  header: boolean;
}

/** How a pass over the text is made. */
export interface Reading {
  signal: AbortSignal | undefined;
  maxLineBytes: number;
}

const IS_AMINO_ACID = (() => {
  const table = new Uint8Array(128);
  for (const letter of AMINO_ACIDS) table[letter.charCodeAt(0)] = 1;
  return table;
})();

/** The place of the first character that is no amino acid, or -1. */
export function firstWrong(sequence: string): number {
  for (let i = 0; i < sequence.length; i++) if (IS_AMINO_ACID[sequence.charCodeAt(i)] !== 1) return i;
  return -1;
}

function shown(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text);
}

/** Why a character is refused. */
function wrongLetter(sequence: string, at: number): string {
  const letter = String.fromCodePoint(sequence.codePointAt(at) as number);
  const hint = /[a-z]/.test(letter) ? ' (amino acids are upper case)' : '';
  return `${shown(sequence)} has ${JSON.stringify(letter)} at place ${at + 1}; allowed are the amino acids ${AMINO_ACIDS}${hint}`;
}

/** Lines of text; what follows the last line break is one only where there is something. */
async function* readLines(
  bytes: Bytes,
  { signal, maxLineBytes }: Reading,
): AsyncGenerator<{ lines: string[]; line: number }, void, undefined> {
  const rest: Rest = { text: '', line: 1 };
  for await (const { text, last } of readText(bytes, signal, rest, { maxLineBytes })) {
    const lines = text.split('\n');
    rest.text = last ? '' : (lines.pop() as string);
    if (lines.length > 0) yield { lines, line: rest.line };
    rest.line += lines.length;
  }
}

/** One sequence a line. Blank lines at the end are ignored, elsewhere they are flaws. */
export async function* readSequenceLines(
  bytes: Bytes,
  reading: Reading,
): AsyncGenerator<SequenceRecord[], void, undefined> {
  let blanks: number[] = [];
  for await (const { lines, line } of readLines(bytes, reading)) {
    const records: SequenceRecord[] = [];
    lines.forEach((text, i) => {
      const sequence = text.trim();
      if (sequence === '') {
        blanks.push(line + i);
        return;
      }
      for (const blank of blanks) {
        const flaw = { problem: 'the line is blank, and more lines follow', column: 1 };
        records.push({ sequence: '', vGene: undefined, line: blank, flaw });
      }
      blanks = [];
      const record: SequenceRecord = { sequence, vGene: undefined, line: line + i };
      const at = firstWrong(sequence);
      if (at >= 0) {
        record.flaw = {
          problem: wrongLetter(sequence, at),
          column: text.length - text.trimStart().length + at + 1,
        };
      }
      records.push(record);
    });
    if (records.length > 0) yield records;
  }
}

/** FASTA: a line that begins with '>', then the sequence on one line or several. Blank lines are ignored. */
export async function* readFasta(
  bytes: Bytes,
  reading: Reading,
): AsyncGenerator<SequenceRecord[], void, undefined> {
  let open: SequenceRecord | undefined;
  const finish = (record: SequenceRecord): SequenceRecord => {
    if (record.sequence === '' && !record.flaw)
      record.flaw = { problem: 'the name has no sequence', column: 1 };
    return record;
  };
  for await (const { lines, line } of readLines(bytes, reading)) {
    const records: SequenceRecord[] = [];
    lines.forEach((text, i) => {
      if (text.startsWith('>')) {
        if (open) records.push(finish(open));
        open = { sequence: '', vGene: undefined, line: line + i };
        return;
      }
      const part = text.trim();
      if (part === '') return;
      if (!open) {
        throw new FormatError(bytes.name, `FASTA begins with '>' and a name, got ${shown(part)}`, {
          line: line + i,
        });
      }
      const at = firstWrong(part);
      if (at >= 0 && !open.flaw) {
        const column = text.length - text.trimStart().length + at + 1;
        open.flaw = { problem: wrongLetter(part, at), column, line: line + i };
      }
      open.sequence += part;
      if (open.sequence.length > reading.maxLineBytes) {
        throw new FormatError(bytes.name, `a sequence is longer than ${reading.maxLineBytes} letters`, {
          line: open.line,
        });
      }
    });
    if (records.length > 0) yield records;
  }
  if (open) yield [finish(open)];
}

/** The gene of a call such as `TRBV20-1*01,TRBV20-1*02`: of the first, without its allele. */
function geneOf(call: string): string {
  return call.split(',', 1)[0].split('*', 1)[0].trim();
}

function isBlank(record: string[]): boolean {
  return record.length === 1 && record[0].trim() === '';
}

/** With line breaks of CR LF, the CR stays at the end of the last field. */
function dropReturn(record: string[]): void {
  const last = record.length - 1;
  if (record[last].endsWith('\r')) record[last] = record[last].slice(0, -1);
}

/** A column of a table. Blank lines at the end are ignored, elsewhere they are flaws. */
export async function* readTable(
  bytes: Bytes,
  { delimiter, fields, column, vColumn, header }: TableLayout,
  { signal, maxLineBytes }: Reading,
): AsyncGenerator<SequenceRecord[], void, undefined> {
  let awaitingHeader = header;
  let blanks: number[] = [];
  for await (const batch of readRecords(bytes, delimiter, signal, { maxLineBytes })) {
    const records: SequenceRecord[] = [];
    for (let i = 0; i < batch.records.length; i++) {
      const record = batch.records[i];
      dropReturn(record);
      if (isBlank(record)) {
        blanks.push(lineOf(batch, i));
        continue;
      }
      for (const line of blanks) {
        const flaw = { problem: 'the line is blank, and more lines follow', column: 1 };
        records.push({ sequence: '', vGene: undefined, line, flaw });
      }
      blanks = [];
      if (awaitingHeader) {
        awaitingHeader = false;
        continue;
      }
      records.push(recordOf(batch, i));
    }
    if (records.length > 0) yield records;
  }

  function recordOf(batch: Batch, i: number): SequenceRecord {
    const record = batch.records[i];
    // Where quotes hold line breaks, finding the line means counting: not for every record.
    const line = batch.quoted ? 0 : lineOf(batch, i);
    const sequence = (record[column] ?? '').trim();
    const vGene = vColumn >= 0 ? geneOf(record[vColumn] ?? '') : undefined;
    let flaw: SequenceRecord['flaw'];
    if (record.length !== fields) {
      const place = Math.min(record.length, fields) + 1;
      flaw = { problem: `the line has ${record.length} fields, the first line has ${fields}`, column: place };
    } else if (sequence === '') {
      flaw = { problem: 'the field is empty; a sequence is needed', column: column + 1 };
    } else {
      const at = firstWrong(sequence);
      if (at >= 0) flaw = { problem: wrongLetter(sequence, at), column: column + 1 };
    }
    if (!flaw) return { sequence, vGene, line };
    return { sequence, vGene, line: lineOf(batch, i), flaw };
  }
}

/** The first records that are not blank, for a look at what a table is. */
export async function firstRecords(
  bytes: Bytes,
  delimiter: string,
  maxLineBytes: number,
  count: number,
): Promise<string[][]> {
  const found: string[][] = [];
  for await (const { records } of readRecords(bytes, delimiter, undefined, { look: true, maxLineBytes })) {
    for (const record of records) {
      if (isBlank(record)) continue;
      dropReturn(record);
      if (record.some((field) => /\r(?!\n)/.test(field))) {
        throw new FormatError(bytes.name, 'its lines end in CR alone; convert them to LF', { line: 1 });
      }
      found.push(record);
      if (found.length === count) return found;
    }
  }
  return found;
}

/** The index of a column, by name or index. @throws RangeError */
export function findColumn(
  option: string,
  column: string | number,
  names: readonly string[],
  file: string,
): number {
  if (typeof column === 'number') {
    if (Number.isInteger(column) && column >= 0 && column < names.length) return column;
    throw rangeError(`${option}: got ${column}; ${file} has columns 0 to ${names.length - 1}`);
  }
  const found = names.indexOf(column);
  const list = names.slice(0, 30).map((name) => shown(name));
  if (found < 0) {
    throw rangeError(
      `${option}: ${file} has no column ${JSON.stringify(column)}; its first line is ${list.join(', ')}`,
    );
  }
  if (names.indexOf(column, found + 1) >= 0) {
    throw rangeError(
      `${option}: ${file} has more than one column ${JSON.stringify(column)}; use an index from 0`,
    );
  }
  return found;
}
