/** Finds how a text table is written from its first lines: encoding, delimiter, comment mark, and how numbers are written. */

import { FormatError, rangeError, warning } from '../../errors.ts';
import { option, say } from '../../messages.ts';
import { wrongValue } from '../../support/checks.ts';
import { type Bytes, extensionOf } from '../bytes/bytes.ts';
import { WIDE } from '../chunks/column-facts.ts';
import { type Warned, warnOf } from '../chunks/rows.ts';
import { type RecordRules, readRecords } from './csv-records.ts';
import { detectEncoding, type Encoding, readEncoding } from './encoding.ts';
import { checkNumberRules, likeliestNumbers, type NumberRules } from './numbers.ts';

/** Options of `open` that say how a text table is written. */
export interface DialectOptions {
  /**
   * One character. Default: a tab for `.tsv` and `.tab`, else the one of `, tab ; |` that occurs equally often in all of
   * the first lines; if none does, the most frequent one of the first line; a space if there is none of them.
   */
  delimiter?: string;
  /** Lines that begin with this text are ignored. Default: '#' if the first line begins with it and is not a header. */
  comment?: string;
  /** 'utf-8', 'utf-16le', 'utf-16be' or 'latin1' (read as Windows-1252). Default: found by the first bytes. */
  encoding?: string;
  /** The decimal mark: '.' or ','. Default: found in the first lines. */
  decimal?: '.' | ',';
  /** The character between groups of three digits; '' for none. Default: found in the first lines. */
  thousands?: string;
}

/** How a text table is written. */
export interface Dialect extends RecordRules {
  encoding: Encoding;
  numbers: NumberRules | undefined;
}

/** In the order in which they are preferred when they occur equally often. */
const DELIMITERS = [',', '\t', ';', '|'];
/** Bytes at the beginning of the file that are examined. */
const HEAD_BYTES = 65_536;
/** Number of lines that are examined. */
const HEAD_LINES = 64;
/** Text in quotes, which may be unclosed at the end. It is replaced by a letter. */
const QUOTED = /"[^"]*"?/g;

/** Check the rules that the caller gave. @throws RangeError */
export function checkRules({ delimiter, comment, decimal, thousands }: DialectOptions): void {
  if (delimiter !== undefined && !/^[^\r\n"\ufeff]$/.test(delimiter)) {
    throw wrongValue('delimiter', 'one character, not a quote', delimiter);
  }
  if (comment !== undefined && !/^[^\s"]{0,8}$/.test(comment)) {
    throw wrongValue('comment', "up to 8 characters such as '#'", comment);
  }
  checkNumberRules({ decimal, thousands });
  if (decimal !== undefined && decimal === delimiter) {
    throw rangeError(`decimal: is ${JSON.stringify(decimal)} as delimiter is; they must differ`, {
      option: 'decimal',
    });
  }
}

/** The first lines of the file, without comments, blank lines and text in quotes. */
function linesOf(head: string, comment: string): string[] {
  const text = head.replace(/^\ufeff/, '');
  const bare = (comment === '' ? text : withoutComments(text, comment)).replace(QUOTED, 'q');
  const lines = bare.split(/\r?\n/);
  // The last line may be incomplete.
  if (lines.length > 1) lines.pop();
  return lines.filter((line) => line.trim() !== '').slice(0, HEAD_LINES);
}

function withoutComments(text: string, comment: string): string {
  return text
    .split('\n')
    .filter((line) => !line.startsWith(comment))
    .join('\n');
}

const occurrences = (line: string, delimiter: string) => line.split(delimiter).length - 1;

/**
 * The delimiter that occurs equally often in all of these lines; the first may have one fewer, as R writes its header.
 * If several do, the comma is the last choice, since it also occurs in numbers and in text. If none does, or there is
 * only one line, the most frequent one of the first line.
 */
function likeliestDelimiter(lines: readonly string[]): string {
  const [first = '', ...rest] = lines;
  const alike = (delimiter: string) => {
    const most = occurrences(rest[0] ?? first, delimiter);
    const head = occurrences(first, delimiter);
    return (
      most > 0 &&
      (head === most || (head > 0 && head === most - 1)) &&
      rest.every((line) => occurrences(line, delimiter) === most)
    );
  };
  const fitting = ['\t', ';', '|', ','].filter(alike);
  if (fitting.length > 0 && lines.length > 1) return fitting[0];
  let best = '';
  let most = 0;
  for (const candidate of DELIMITERS) {
    const found = occurrences(first, candidate);
    if (found > most) [best, most] = [candidate, found];
  }
  if (best !== '') return best;
  return lines.length > 1 && alike(' ') ? ' ' : ',';
}

/** Whether the first line begins with # but is a header: `#CDR3b, TRBV, ...`, followed by a line with as many fields. */
function isMarkedHeader(lines: readonly string[]): boolean {
  const [first, second] = lines;
  if (!/^#[^#\s]/.test(first) || second === undefined || second.startsWith('#')) return false;
  return DELIMITERS.some((delimiter) => {
    const fields = first.split(delimiter).length;
    return (
      fields > 1 && fields === second.split(delimiter).length && !second.split(delimiter).every(isNumeric)
    );
  });
}

const isNumeric = (field: string) => field.trim() !== '' && Number.isFinite(Number(field));

/**
 * How numbers are written: as given by the caller, or else found in the first records. If it is not certain, the caller
 * is told (NUMBER_FORMAT).
 */
function numbersOf(
  records: readonly (readonly string[])[],
  delimiter: string,
  options: DialectOptions & Warned,
  file: string,
): NumberRules | undefined {
  const found = likeliestNumbers(
    records.flatMap((record) => record.slice(0, WIDE)),
    delimiter,
  );
  const { decimal = found.decimal, thousands = options.decimal === found.thousands ? '' : found.thousands } =
    options;
  const given = options.decimal !== undefined || options.thousands !== undefined;
  if (found.ambiguous && !given) {
    const as = decimal === ',' ? 'a decimal comma' : 'a separator of thousands';
    const other =
      decimal === ','
        ? say`${option('thousands', ',')} and ${option('decimal', '.')}`
        : option('decimal', ',');
    const message = say`${file}: the comma in its numbers is read as ${as}; if it is not, use ${other}`;
    warnOf(options, warning('NUMBER_FORMAT', message));
  }
  return decimal === '.' && thousands === ''
    ? undefined
    : { decimal, thousands: decimal === thousands ? '' : thousands };
}

/** How the table is written: as given by the caller, or else found in the first lines. */
export async function readDialect(
  bytes: Bytes,
  options: DialectOptions & Warned,
  maxLineBytes: number,
): Promise<Dialect & { head: string[][] }> {
  checkRules(options);
  const given = readEncoding(options.encoding);
  const piece = await bytes.slice(0, Math.min(HEAD_BYTES, maxLineBytes, bytes.byteLength));
  const encoding = given ?? detectEncoding(piece);
  if (encoding === 'windows-1252' && given === undefined) {
    const message = say`${bytes.name}: is not UTF-8 and is read as Latin-1; to choose yourself, use ${option('encoding')}`;
    warnOf(options, warning('ENCODING', message));
  }
  const head = new TextDecoder(encoding).decode(piece);
  let { comment, delimiter } = options;
  if (comment === undefined) {
    const lines = linesOf(head, '');
    comment = lines[0]?.startsWith('#') && !isMarkedHeader(lines) ? '#' : '';
  }
  if (delimiter === undefined) {
    const extension = extensionOf(bytes.name.replace(/\.(gz|zst)$/i, ''));
    const lines = linesOf(head, comment);
    delimiter = ['tsv', 'tab'].includes(extension) ? '\t' : likeliestDelimiter(lines);
  }
  const dialect = { encoding, comment, delimiter };
  const records = await headRecords(bytes, dialect, maxLineBytes);
  return { ...dialect, head: records, numbers: numbersOf(records, delimiter, options, bytes.name) };
}

/** The first records that are not blank, at least one, to find out the columns. @throws FormatError */
async function headRecords(bytes: Bytes, rules: RecordRules, maxLineBytes: number): Promise<string[][]> {
  const found: string[][] = [];
  try {
    for await (const batch of readRecords(bytes, rules, undefined, { look: true, maxLineBytes })) {
      for (let i = 0; i < batch.length && found.length < HEAD_LINES; i++) {
        if (batch.isBlank(i)) continue;
        if (batch.hasReturn(i)) {
          if (found.length > 0) return found;
          throw new FormatError(bytes.name, 'its lines end in CR alone; convert them to LF', { line: 1 });
        }
        // Few records are enough for wide tables: each field is a string.
        const fields = batch.fields(i);
        if (fields > 1000 && found.length > (fields > WIDE ? 1 : 3)) return found;
        found.push(batch.record(i));
      }
      if (found.length > 0) return found;
    }
  } catch (error) {
    // An error after these records is thrown again when the rows are read.
    if (found.length === 0) throw error;
  }
  if (found.length > 0) return found;
  throw new FormatError(bytes.name, 'has no line but blank ones');
}
