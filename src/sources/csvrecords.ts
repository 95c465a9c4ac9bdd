/**
 * Text to records: feeds PapaParse piece by piece. The rules for quotes are RFC 4180's.
 * Format: https://www.rfc-editor.org/rfc/rfc4180
 */

import type Papa from 'papaparse';
import { FormatError, PlatformError } from '../errors.ts';
import type { Bytes } from './bytes.ts';
import { type Rest, readText } from './text.ts';

/** Records that became complete together. */
export interface Batch {
  records: string[][];
  /** Line on which the first of them begins, counted from 1. */
  line: number;
  /** Whether a field may hold line breaks. */
  quoted: boolean;
}

/** What is in quotes, in text that may end within them. */
export const QUOTED = /"[^"]*"?/g;

/** Which delimiter the first line has most of; of several the one that is named first, and a comma where there is none. */
export function likeliestDelimiter(text: string, candidates: readonly string[]): string {
  const line = text.slice(0, text.search(/[\r\n]|$/));
  let best = ',';
  let most = 0;
  for (const candidate of candidates) {
    const count = line.split(candidate).length - 1;
    if (count > most) [best, most] = [candidate, count];
  }
  return best;
}

async function loadPapa(): Promise<typeof Papa> {
  try {
    const module = await import('papaparse');
    return module.default;
  } catch (cause) {
    throw Object.assign(new PlatformError('CSV files need the package "papaparse", which did not load'), {
      cause,
    });
  }
}

function breaksIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

/** Line on which record `index` of a batch begins (with `records.length`: the line after the batch). */
export function lineOf({ records, line, quoted }: Batch, index: number): number {
  if (!quoted) return line + index;
  let at = line + index;
  for (let i = 0; i < index; i++) for (const field of records[i]) at += breaksIn(field);
  return at;
}

/**
 * The records of a text, in order. A blank line is the record `['']`; so is what follows the last line break.
 *
 * `look` says that only the first records are wanted, for which a pass need not begin.
 * Errors: `FormatError` for text that is not UTF-8, and for quotes that do not fit, with the line. The latter cannot
 * be passed over: where the next record begins is unknown.
 */
export async function* readRecords(
  file: Bytes,
  delimiter: string,
  signal: AbortSignal | undefined,
  options: { look?: boolean; maxLineBytes: number },
): AsyncGenerator<Batch, void, undefined> {
  const { Parser } = await loadPapa();
  const parser = new Parser({ delimiter, newline: '\n' });
  const rest: Rest = { text: '', line: 1 };
  for await (const { text, last } of readText(file, signal, rest, options)) {
    const { data, errors, meta } = parser.parse(text, 0, !last) as Papa.ParseResult<string[]>;
    const batch: Batch = { records: data, line: rest.line, quoted: text.includes('"') };
    // In what is not complete yet a quote may only seem wrong.
    const wrong = errors.find((error) => error.type === 'Quotes' && (error.row ?? 0) < data.length);
    if (wrong) {
      const record = wrong.row ?? 0;
      const good = data.slice(0, record);
      if (good.length > 0) yield { ...batch, records: good };
      const problem =
        wrong.code === 'MissingQuotes' ? 'a quote is opened and not closed' : 'a quote ends within a field';
      throw new FormatError(file.name, problem, { line: lineOf(batch, record) });
    }
    if (data.length > 0) yield batch;
    rest.line = lineOf(batch, data.length);
    rest.text = last ? '' : text.slice(meta.cursor);
  }
}
