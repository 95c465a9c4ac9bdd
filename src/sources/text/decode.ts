/** Bytes to text, piece by piece: what the readers of text (CSV, JSON lines) begin with. */

import { FormatError, formatBytes, rangeError } from '../../errors.ts';
import { pause } from '../../support/scheduling.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { type LimitOptions, readerRoom } from '../bytes/limits.ts';
import { passOver } from '../bytes/stream.ts';

/** Options of `open` for every format of text. */
export interface TextOptions {
  /**
   * A longer line stops the reading, before it takes all memory: it is a quote that nobody closed, or no table.
   * Default, and the most that `memoryLimit` allows: a 32nd of that, 32 MiB where neither is given. Text comes in pieces
   * of 64 kB, and less than one is not measured.
   */
  maxLineBytes?: number;
}

/** Larger pieces are slower: more strings live through a collection. */
const PIECE_BYTES = 64 * 1024;
/** A line takes up to so many times its bytes: as text while pieces are joined, as places of fields, names and numbers. */
const LINE_SHARE = 16;

/** What of the text is not used up yet: its reader writes it, and the next piece continues it. */
export interface Rest {
  text: string;
  /** Line on which it begins, counted from 1. */
  line: number;
}

/** The longest line. @throws RangeError */
export function readMaxLine(options: TextOptions & LimitOptions): number {
  // Text comes in pieces, so that a shorter line costs as much as a piece.
  const most = Math.max(PIECE_BYTES, Math.floor(readerRoom(options) / LINE_SHARE));
  const { maxLineBytes = most } = options;
  if (!Number.isSafeInteger(maxLineBytes) || maxLineBytes < 1) {
    throw rangeError(`maxLineBytes: got ${String(maxLineBytes)}; allowed is a whole number from 1`);
  }
  return options.memoryLimit === undefined ? maxLineBytes : Math.min(maxLineBytes, most);
}

/**
 * UTF-8 text from the front: what is left of the last piece, and more.
 *
 * `look` says that only its beginning is wanted, for which a pass need not begin.
 * Errors: `FormatError` for text that is not UTF-8, for a line that is too long, and when the input ends early.
 */
export async function* readText(
  file: Bytes,
  signal: AbortSignal | undefined,
  rest: Rest,
  { look = false, maxLineBytes }: { look?: boolean; maxLineBytes: number },
): AsyncGenerator<{ text: string; last: boolean }, void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let buffer = new Uint8Array(Math.min(PIECE_BYTES, file.byteLength));
  const { bytes } = look ? { bytes: file } : passOver(file, signal);
  const release = bytes.hold();
  try {
    for (let at = 0, last = false; !last; ) {
      signal?.throwIfAborted();
      // Not much more of a line than it may have.
      const room = Math.max(PIECE_BYTES, maxLineBytes - rest.text.length);
      const want = Math.min(buffer.length, bytes.byteLength - at, room);
      const got = await bytes.readInto(buffer.subarray(0, want), at);
      if (got < want && !bytes.sequential)
        throw new FormatError(bytes.name, 'ended early; it was cut while being read', { offset: at + got });
      await pause();
      const first = at === 0;
      at += got;
      last = got < want || at === bytes.byteLength;
      if (first && (buffer[0] ^ buffer[1]) === 1 && buffer[0] >= 0xfe) {
        throw new FormatError(bytes.name, 'is UTF-16 text; save it as UTF-8', { offset: 0 });
      }
      // A disk's holes are zeros: rows may be missing there, whatever else still reads as a row.
      const zero = buffer.subarray(0, got).indexOf(0);
      if (zero >= 0) {
        const offset = at - got + zero;
        throw new FormatError(bytes.name, 'holds bytes of zero: it is damaged, or no text', { offset });
      }
      let text: string;
      try {
        text = rest.text + decoder.decode(buffer.subarray(0, got), { stream: !last });
      } catch (cause) {
        // Else there was no memory for it.
        if (!(cause instanceof TypeError)) throw cause;
        throw new FormatError(bytes.name, 'is not UTF-8 text (from here on at most 64 kB)', {
          offset: at - got,
          cause,
        });
      }
      yield { text, last };
      if (rest.text.length > maxLineBytes) {
        throw new FormatError(
          bytes.name,
          `a line is longer than ${formatBytes(maxLineBytes)}; is a quote not closed, or is this no table? Longer ones need ` +
            'a larger memoryLimit or maxLineBytes',
          { line: rest.line },
        );
      }
      // A long line is looked at again with every piece, so pieces grow with it.
      const wanted = Math.min(buffer.length * 2, maxLineBytes - rest.text.length);
      if (rest.text.length > buffer.length / 2 && wanted > buffer.length) buffer = new Uint8Array(wanted);
    }
  } finally {
    await release();
  }
}
