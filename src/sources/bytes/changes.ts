/**
 * Checks whether a file has changed since it was opened. Files are read at least twice. If something writes to a file
 * during or between these passes, rows of two states would be mixed.
 */

import { asOurs, FormatError } from '../../errors.ts';
import { crc32 } from '../../support/numbers/crc32.ts';
import type { CoppiceWarning } from '../../types.ts';
import type { Bytes, Change } from './bytes.ts';

/** Files up to this length are compared as a whole. */
const WHOLE_BYTES = 2 ** 17;
const EDGE_BYTES = 2 ** 14;
const INNER_BYTES = 2 ** 12;
const INNER_BLOCKS = 8;

/** The bytes that are compared: the first, the last, and some in between. */
function* blocksOf(size: number): Generator<[start: number, length: number]> {
  if (size <= WHOLE_BYTES) {
    yield [0, size];
    return;
  }
  yield [0, EDGE_BYTES];
  for (let i = 1; i <= INNER_BLOCKS; i++) yield [Math.floor((size / (INNER_BLOCKS + 1)) * i), INNER_BYTES];
  yield [size - EDGE_BYTES, EDGE_BYTES];
}

/** A checksum of some blocks of the first `size` bytes, and the last of these bytes. */
export interface Sum {
  crc: number;
  lastByte: number;
}

export async function sumOf(bytes: Pick<Bytes, 'slice'>, size: number): Promise<Sum> {
  let sum: Sum = { crc: 0, lastByte: -1 };
  for (const [start, length] of blocksOf(size)) {
    const block = await bytes.slice(start, start + length);
    sum = { crc: crc32(block, sum.crc), lastByte: block.at(-1) ?? -1 };
  }
  return sum;
}

/**
 * Compare the blocks of a file with the checksum taken when it was opened.
 * @param what the difference that is already known, for the message
 */
export async function compare(
  bytes: Pick<Bytes, 'slice'>,
  { before, size, grown, what }: { before: Sum; size: number; grown: boolean; what: string },
): Promise<Change> {
  const { crc } = await sumOf(bytes, size);
  return { what, mixed: crc !== before.crc, torn: grown && before.lastByte !== 10 };
}

/** The part of a source that `watch` needs. */
interface Readable<O, C> {
  chunks(options: O): AsyncIterable<C>;
}

/**
 * Check for changes of the file before and after each pass over all rows of a source. A change is an error if rows may
 * have been mixed, and a warning if the file was only touched, became longer or was removed. If a pass fails and rows
 * may have been mixed, the error reports the change. If the platform had no memory for a pass, it is a `PlatformError`.
 */
export function watch<
  O extends { end?: number; signal?: AbortSignal },
  C,
  S extends Readable<O, C> & { rows?: number },
>(
  source: S,
  bytes: Bytes,
  { text, onWarning }: { text: boolean; onWarning?: ((warning: CoppiceWarning) => void) | undefined },
): S & { unchanged?(): Promise<void> } {
  let told: string | undefined;
  const unchanged = async (cause?: unknown): Promise<void> => {
    const change = await bytes.changed?.();
    if (!change) return;
    const { what, mixed, torn, offset, advice = 'run again' } = change;
    const message = `was changed after it was opened: ${what}`;
    if (mixed || (text && torn)) {
      throw new FormatError(
        bytes.name,
        `${message}; rows of two states of it can have been mixed, so ${advice} when nothing writes to it`,
        cause instanceof FormatError ? { offset: cause.offset, line: cause.line, cause } : { offset, cause },
      );
    }
    if (cause !== undefined || told === what) return;
    told = what;
    const warning = {
      code: 'FILE_CHANGED',
      message: `${bytes.name} ${message}; what was there when it was opened is read, and no more`,
    };
    if (onWarning) onWarning(warning);
    else console.warn(warning.message);
  };
  const chunksOf = source.chunks.bind(source);
  async function* pass(chunks: AsyncIterable<C>, { end, signal }: O): AsyncGenerator<C, void, undefined> {
    // A caller that reads a few rows only calls `unchanged` itself.
    const whole = () => end === undefined || end >= (source.rows ?? Number.POSITIVE_INFINITY);
    // For a URL each response is checked anyway.
    if (whole() && !bytes.remote) await unchanged();
    try {
      yield* chunks;
    } catch (error) {
      if (!signal?.aborted) await unchanged(error);
      throw asOurs(error, bytes.name);
    }
    if (whole()) await unchanged();
  }
  return Object.assign(source, {
    ...(bytes.changed && { unchanged: () => unchanged() }),
    // `chunksOf` is called here so that options are checked at once, not when the first chunk is read.
    chunks: (options: O) => pass(chunksOf(options), options),
  });
}
