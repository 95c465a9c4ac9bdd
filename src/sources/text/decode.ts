/** Decodes bytes to text, piece by piece, for the readers of text formats (CSV, JSON lines). */

import { FormatError, formatBytes } from '../../errors.ts';
import { advice, option, say } from '../../messages.ts';
import { checkWhole } from '../../support/checks.ts';
import { pause } from '../../support/scheduling.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { type LimitOptions, readerRoom } from '../bytes/limits.ts';
import { passOver } from '../bytes/stream.ts';
import type { Encoding } from './encoding.ts';

/** Options of `open` for all text formats. */
export interface TextOptions {
  /**
   * Longest line. A longer one is an error, since it would use up the memory; a quote is not closed, or the file is not a
   * table. Default: 1/32 of `memoryLimit`, or 32 MiB if that is not given. A given `memoryLimit` allows no more than 1/32
   * of it. Text is read in pieces of 64 kB, so a line within one piece is never too long.
   */
  maxLineBytes?: number;
}

/** Larger pieces are slower, because more strings survive a garbage collection. */
const PIECE_BYTES = 64 * 1024;
/**
 * Memory for a line, as a multiple of its bytes: text while pieces are joined, offsets of fields, names and numbers.
 */
const LINE_SHARE = 16;

/** Text carried over to the next piece. The caller sets it after each piece. */
export interface Rest {
  text: string;
  /** Line on which it begins, counted from 1. */
  line: number;
}

/** The longest line. @throws RangeError */
export function readMaxLine(options: TextOptions & LimitOptions): number {
  // Text is read in pieces, so a shorter line needs as much memory as a piece.
  const most = Math.max(PIECE_BYTES, Math.floor(readerRoom(options) / LINE_SHARE));
  const { maxLineBytes = most } = options;
  checkWhole(maxLineBytes, 'maxLineBytes', 1);
  return options.memoryLimit === undefined ? maxLineBytes : Math.min(maxLineBytes, most);
}

/**
 * Read text from the front: each piece begins with `rest`, the text carried over from the piece before.
 *
 * `look` says that only the beginning is wanted, so that no pass is started.
 * Errors: `FormatError` for text that is not of the encoding (default UTF-8), for a line that is too long, and when the input ends early.
 */
export async function* readText(
  file: Bytes,
  signal: AbortSignal | undefined,
  rest: Rest,
  {
    look = false,
    maxLineBytes,
    encoding = 'utf-8',
  }: { look?: boolean; maxLineBytes: number; encoding?: Encoding | undefined },
): AsyncGenerator<{ text: string; last: boolean }, void, undefined> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  const wide = encoding.startsWith('utf-16');
  let buffer = new Uint8Array(Math.min(PIECE_BYTES, file.byteLength));
  const { bytes } = look ? { bytes: file } : passOver(file, signal);
  const release = bytes.hold();
  try {
    for (let at = 0, last = false; !last; ) {
      signal?.throwIfAborted();
      // Do not read much more of a line than its longest allowed length.
      const room = Math.max(PIECE_BYTES, maxLineBytes - rest.text.length);
      const want = Math.min(buffer.length, bytes.byteLength - at, room);
      const got = await bytes.readInto(buffer.subarray(0, want), at);
      if (got < want && !bytes.sequential)
        throw new FormatError(bytes.name, 'ended early; it was cut while being read', { offset: at + got });
      await pause();
      const first = at === 0;
      at += got;
      last = got < want || at === bytes.byteLength;
      if (first && !wide && (buffer[0] ^ buffer[1]) === 1 && buffer[0] >= 0xfe) {
        throw new FormatError(bytes.name, `is UTF-16 text and is read as ${encoding}; save it as UTF-8`, {
          offset: 0,
        });
      }
      // Zeros may be a hole in the file. Rows may be missing there, even if the rest still reads as rows.
      const zero = wide ? -1 : buffer.subarray(0, got).indexOf(0);
      if (zero >= 0) {
        const offset = at - got + zero;
        throw new FormatError(bytes.name, 'holds bytes of zero: it is damaged or is not text', { offset });
      }
      let text: string;
      try {
        text = rest.text + decoder.decode(buffer.subarray(0, got), { stream: !last });
      } catch (cause) {
        // Other errors mean that there was no memory for the text.
        if (!(cause instanceof TypeError)) throw cause;
        const other =
          encoding === 'utf-8' ? say`; if it is Latin-1, use ${option('encoding', 'latin1')}` : '';
        throw new FormatError(
          bytes.name,
          say`is not ${encoding.toUpperCase()} text (from here on at most 64 kB)${other}`,
          { offset: at - got, cause },
        );
      }
      yield { text, last };
      if (rest.text.length > maxLineBytes) {
        throw new FormatError(
          bytes.name,
          say`a line is longer than ${formatBytes(maxLineBytes)}; is a quote not closed, or is this no table? Longer ones need a larger ${option('memoryLimit')}${advice('or-line-bytes', ' or maxLineBytes')}`,
          { line: rest.line },
        );
      }
      // A long line is scanned again with every piece, so the pieces grow with it.
      const wanted = Math.min(buffer.length * 2, maxLineBytes - rest.text.length);
      if (rest.text.length > buffer.length / 2 && wanted > buffer.length) buffer = new Uint8Array(wanted);
    }
  } finally {
    await release();
  }
}
