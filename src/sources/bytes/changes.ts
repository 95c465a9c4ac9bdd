/**
 * Whether a file is still what it was when it was opened. It is read at least twice, and what was written to it between
 * or meanwhile would mix rows of two states.
 */

import { asOurs, FormatError } from '../../errors.ts';
import { crc32 } from '../../support/crc32.ts';
import type { CoppiceWarning } from '../../types.ts';
import type { Bytes, Change } from './bytes.ts';

/** Of a short file everything is compared. */
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

/** A checksum of some blocks of the first `size` bytes, and the last of these. */
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
 * Compare blocks with those that there were.
 * @param what what is known to be different
 */
export async function compare(
  bytes: Pick<Bytes, 'slice'>,
  { before, size, grown, what }: { before: Sum; size: number; grown: boolean; what: string },
): Promise<Change> {
  const { crc } = await sumOf(bytes, size);
  return { what, mixed: crc !== before.crc, torn: grown && before.lastByte !== 10 };
}

/** What can be read again and again. */
interface Readable<O, C> {
  chunks(options: O): AsyncIterable<C>;
}

/**
 * Compare what a source reads with what was opened, at both ends of each pass over all of it: a change is an error where
 * rows can have been mixed, a warning where the file was only touched, became longer or was removed. A pass that fails is
 * told by the change, if there was one, and one for which there was no memory by an error of ours.
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
    // Whoever asks for a few rows alone asks for `unchanged` too.
    const whole = () => end === undefined || end >= (source.rows ?? Number.POSITIVE_INFINITY);
    // Of a server each answer tells.
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
    // Options are checked when the call is made.
    chunks: (options: O) => pass(chunksOf(options), options),
  });
}
