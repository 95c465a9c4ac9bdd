/** Finds the delimiter and the comment mark of a text table from its first lines. */

import { FormatError, rangeError } from '../../errors.ts';
import { type Bytes, extensionOf } from '../bytes/bytes.ts';
import { type RecordRules, readRecords } from './csv-records.ts';

const DELIMITERS = [',', '\t', ';', '|'];
/** Bytes at the beginning of the file that are examined. */
const HEAD_BYTES = 65_536;
/** Number of lines that are examined. */
const HEAD_LINES = 64;
/** Text in quotes, which may be unclosed at the end. */
const QUOTED = /"[^"]*"?/g;

/** Check the rules that the caller gave. @throws RangeError */
export function checkRules({ delimiter, comment }: Partial<RecordRules>): void {
  if (delimiter !== undefined && !/^[^\r\n"\ufeff]$/.test(delimiter)) {
    throw rangeError(`delimiter: got ${JSON.stringify(delimiter)}; allowed is one character, not a quote`);
  }
  if (comment !== undefined && !/^[^\s"]{0,8}$/.test(comment)) {
    throw rangeError(`comment: got ${JSON.stringify(comment)}; allowed are up to 8 characters such as '#'`);
  }
}

/** The first lines of the file, without comments, blank lines and text in quotes. */
function linesOf(head: string, comment: string): string[] {
  const text = head.replace(/^\ufeff/, '');
  const bare = (comment === '' ? text : withoutComments(text, comment)).replace(QUOTED, '');
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

/**
 * The delimiter that occurs equally often in all of these lines. If several do, the comma is the last choice, since it
 * also occurs in numbers and in text. If none does, or there is only one line, the most frequent one of the first line.
 */
function likeliestDelimiter(lines: readonly string[]): string {
  const count = (line: string, delimiter: string) => line.split(delimiter).length - 1;
  const alike = ['\t', ';', '|', ','].filter((delimiter) => {
    const first = count(lines[0] ?? '', delimiter);
    return first > 0 && lines.every((line) => count(line, delimiter) === first);
  });
  if (alike.length > 0 && lines.length > 1) return alike[0];
  let best = ',';
  let most = 0;
  for (const candidate of DELIMITERS) {
    const found = count(lines[0] ?? '', candidate);
    if (found > most) [best, most] = [candidate, found];
  }
  return best;
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

/** Delimiter and comment mark: as given by the caller, or else found in the first lines. */
export async function readRules(
  bytes: Bytes,
  options: Partial<RecordRules>,
  maxLineBytes: number,
): Promise<RecordRules> {
  checkRules(options);
  const piece = await bytes.slice(0, Math.min(HEAD_BYTES, maxLineBytes, bytes.byteLength));
  const head = new TextDecoder().decode(piece);
  let { comment, delimiter } = options;
  if (comment === undefined) {
    const lines = linesOf(head, '');
    comment = lines[0]?.startsWith('#') && !isMarkedHeader(lines) ? '#' : '';
  }
  if (delimiter === undefined) {
    const extension = extensionOf(bytes.name.replace(/\.(gz|zst)$/i, ''));
    delimiter = ['tsv', 'tab'].includes(extension) ? '\t' : likeliestDelimiter(linesOf(head, comment));
  }
  return { delimiter, comment };
}

/** The first records that are not blank, at least one, to find out the columns. @throws FormatError */
export async function headRecords(
  bytes: Bytes,
  rules: RecordRules,
  maxLineBytes: number,
): Promise<string[][]> {
  const found: string[][] = [];
  try {
    for await (const batch of readRecords(bytes, rules, undefined, { look: true, maxLineBytes })) {
      for (let i = 0; i < batch.length && found.length < HEAD_LINES; i++) {
        if (batch.isBlank(i)) continue;
        if (batch.hasReturn(i)) {
          if (found.length > 0) return found;
          throw new FormatError(bytes.name, 'its lines end in CR alone; convert them to LF', { line: 1 });
        }
        // Two records are enough for wide tables.
        if (found.length > 1 && batch.fields(i) > 1000) return found;
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
