/**
 * Text to records: decodes UTF-8 and feeds PapaParse piece by piece. The rules for quotes are RFC 4180's.
 * Format: https://www.rfc-editor.org/rfc/rfc4180
 */

import type Papa from 'papaparse';
import { FormatError, formatBytes, PlatformError } from '../errors.ts';
import type { Bytes } from './bytes.ts';
import { breather } from './rows.ts';
import { passOver } from './stream.ts';

/** Records that became complete together. */
export interface Batch {
  records: string[][];
  /** Line on which the first of them begins, counted from 1. */
  line: number;
  /** Whether a field may hold line breaks. */
  quoted: boolean;
}

const PIECE_BYTES = 256 * 1024;
/** A longer record is a quote that nobody closed: stop before it takes the rest of the file to memory. */
const MAX_RECORD_BYTES = 64 * 2 ** 20;

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
  look = false,
): AsyncGenerator<Batch, void, undefined> {
  const { Parser } = await loadPapa();
  const parser = new Parser({ delimiter, newline: '\n' });
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const breathe = breather();
  let buffer = new Uint8Array(Math.min(PIECE_BYTES, file.byteLength));
  let rest = '';
  let line = 1;
  const { bytes } = look ? { bytes: file } : passOver(file, signal);
  const release = bytes.hold();
  try {
    for (let at = 0, last = false; !last; ) {
      signal?.throwIfAborted();
      const want = Math.min(buffer.length, bytes.byteLength - at);
      const got = await bytes.readInto(buffer.subarray(0, want), at);
      if (got < want && !bytes.sequential)
        throw new FormatError(bytes.name, 'ended early; it was cut while being read', { offset: at + got });
      await breathe();
      const first = at === 0;
      at += got;
      last = got < want || at === bytes.byteLength;
      if (first && (buffer[0] ^ buffer[1]) === 1 && buffer[0] >= 0xfe) {
        throw new FormatError(bytes.name, 'is UTF-16 text; save it as UTF-8', { offset: 0 });
      }
      let text: string;
      try {
        text = rest + decoder.decode(buffer.subarray(0, got), { stream: !last });
      } catch (cause) {
        throw new FormatError(bytes.name, 'is not UTF-8 text (from here on at most 256 kB)', {
          offset: at - got,
          cause,
        });
      }
      const { data, errors, meta } = parser.parse(text, 0, !last) as Papa.ParseResult<string[]>;
      const batch: Batch = { records: data, line, quoted: text.includes('"') };
      // In what is not complete yet a quote may only seem wrong.
      const wrong = errors.find((error) => error.type === 'Quotes' && (error.row ?? 0) < data.length);
      if (wrong) {
        const record = wrong.row ?? 0;
        const good = data.slice(0, record);
        if (good.length > 0) yield { ...batch, records: good };
        const problem =
          wrong.code === 'MissingQuotes' ? 'a quote is opened and not closed' : 'a quote ends within a field';
        throw new FormatError(bytes.name, problem, { line: lineOf(batch, record) });
      }
      if (data.length > 0) yield batch;
      line = lineOf(batch, data.length);
      rest = last ? '' : text.slice(meta.cursor);
      if (rest.length > MAX_RECORD_BYTES) {
        throw new FormatError(
          bytes.name,
          `a line is longer than ${formatBytes(MAX_RECORD_BYTES)}; is a quote not closed, or is this no table?`,
          { line },
        );
      }
      // A long record is scanned again with every piece, so pieces grow with it.
      if (rest.length > buffer.length / 2)
        buffer = new Uint8Array(Math.min(buffer.length * 2, MAX_RECORD_BYTES));
    }
  } finally {
    await release();
  }
}
