/** Reads sequences from text, with their line numbers: lines, FASTA, and columns of tables. */

import { FormatError, rangeError } from '../errors.ts';
import { option, say } from '../messages.ts';
import type { Bytes } from '../sources/bytes/bytes.ts';
import { type CsvRecords, type RecordRules, readRecords } from '../sources/text/csv-records.ts';
import { type Rest, readText } from '../sources/text/decode.ts';
import { wrongValue } from '../support/checks.ts';
import { firstWrong, flawOf, isMissing } from './letters.ts';

/** A record of the file. */
export interface SequenceRecord {
  sequence: string;
  vGene: string | undefined;
  /** Line on which it begins, from 1. */
  line: number;
  /** What is wrong with it, and the column from 1: the field of a table, otherwise the character. */
  flaw?: { problem: string; column: number; line?: number };
}

export interface TableLayout {
  rules: RecordRules;
  /** Fields of a line. */
  fields: number;
  column: number;
  /** -1 if V genes are not read. */
  vColumn: number;
  header: boolean;
}

/** Settings of a pass over the text. */
export interface Reading {
  signal: AbortSignal | undefined;
  maxLineBytes: number;
  /** Lines that begin with this are ignored; '' for none. Tables take it from their rules. */
  comment: string;
}

function shown(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text);
}

/** Lines of text. The text after the last line break is a line only if it is not empty. */
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

/** One sequence per line. Blank lines at the end are ignored; elsewhere they are errors. */
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
      if (reading.comment !== '' && text.startsWith(reading.comment)) return;
      for (const blank of blanks) {
        const flaw = { problem: 'the line is blank, and more lines follow', column: 1 };
        records.push({ sequence: '', vGene: undefined, line: blank, flaw });
      }
      blanks = [];
      const record: SequenceRecord = { sequence, vGene: undefined, line: line + i };
      const flaw = flawOf(sequence);
      if (flaw) {
        const column = text.length - text.trimStart().length + flaw.at + 1;
        record.flaw = { problem: flaw.problem, column };
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
    if (record.sequence === '') record.flaw ??= { problem: 'the name has no sequence', column: 1 };
    const flaw = record.flaw ? undefined : flawOf(record.sequence);
    if (flaw) record.flaw = { problem: flaw.problem, column: 1, line: record.line + 1 };
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
        const flaw = flawOf(part) as { problem: string; at: number };
        const column = text.length - text.trimStart().length + flaw.at + 1;
        open.flaw = { problem: flaw.problem, column, line: line + i };
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

/** The gene of a call such as `TRBV20-1*01,TRBV20-1*02`: the first one, without its allele; '' if it is missing. */
function geneOf(call: string): string {
  const gene = call.split(',', 1)[0].split('*', 1)[0].trim();
  return isMissing(gene) ? '' : gene;
}

/** A column of a table. Blank lines are ignored, except in a table of one column if other lines follow. */
export async function* readTable(
  bytes: Bytes,
  { rules, fields, column, vColumn, header }: TableLayout,
  { signal, maxLineBytes }: Reading,
): AsyncGenerator<SequenceRecord[], void, undefined> {
  let awaitingHeader = header;
  let blanks: number[] = [];
  for await (const batch of readRecords(bytes, rules, signal, { maxLineBytes })) {
    const records: SequenceRecord[] = [];
    for (let i = 0; i < batch.length; i++) {
      if (batch.isBlank(i)) {
        if (fields === 1 && !awaitingHeader) blanks.push(batch.lineOf(i));
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

  function recordOf(batch: CsvRecords, i: number): SequenceRecord {
    const count = batch.fields(i);
    const textOf = (field: number) => (field < count ? batch.text(i, field) : '');
    const record: SequenceRecord = {
      sequence: textOf(column).trim(),
      vGene: vColumn >= 0 ? geneOf(textOf(vColumn)) : undefined,
      line: batch.lineOf(i),
    };
    // With a header, the number of fields is known, and missing fields at the end are empty.
    if (count > fields || (count < fields && !header)) {
      const problem = `the line has ${count} fields, the first line has ${fields}`;
      record.flaw = { problem, column: Math.min(count, fields) + 1 };
    } else {
      const flaw = flawOf(record.sequence);
      if (flaw) record.flaw = { problem: flaw.problem, column: column + 1 };
    }
    return record;
  }
}

/** The index of a column, by name or index. @throws RangeError */
export function findColumn(
  argument: string,
  column: string | number,
  names: readonly string[],
  file: string,
): number {
  if (typeof column === 'number') {
    if (Number.isInteger(column) && column >= 0 && column < names.length) return column;
    throw wrongValue(argument, `a column of ${file}, 0 to ${names.length - 1}`, column);
  }
  const found = names.indexOf(column);
  const list = names.slice(0, 30).map((name) => shown(name));
  if (found < 0) {
    throw rangeError(
      say`${option(argument)}: ${file} has no column ${JSON.stringify(column)}; its first line is ${list.join(', ')}`,
    );
  }
  if (names.indexOf(column, found + 1) >= 0) {
    throw rangeError(
      say`${option(argument)}: ${file} has more than one column ${JSON.stringify(column)}; use an index from 0`,
    );
  }
  return found;
}
