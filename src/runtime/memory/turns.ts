/**
 * Turns: the calls that have linear memory. A call that is alone gets it at once. If there are others, or if all calls
 * together have a limit, queue.ts decides which call waits; it is loaded when it is first needed.
 */

import { formatBytes, MemoryLimitError } from '../../errors.ts';
import type { Turn, Turns } from './turn.ts';

/**
 * Memories of up to this size in total are kept between calls. Small calls that run at the same time may not need more
 * than this together.
 */
export const KEEP_BYTES = 2 ** 26;

/** The copy of an input whose call has not begun yet. */
export interface Pledge {
  bytes: number;
  /** Ends the pledge if the call has not asked for a turn within a second. */
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** Calls that have begun and have not ended. */
export const turns = new Set<Turn>();

/** The functions that queue.ts sets once it is loaded, and the limit that `configure` sets. */
export const queued = {
  /** Bytes that all calls together may take. */
  limit: Number.POSITIVE_INFINITY,
  /** Bytes of copies of inputs whose calls have not begun. */
  pledged: 0,
  /** Check the queue again after a change. */
  goOn(): void {},
  /** Bytes that a turn may have in total, beside the other turns. */
  roomFor: (_turn: Turn): number => Number.POSITIVE_INFINITY,
};

/** Count the copy of an input. @returns undefined if there is no room for it */
export function pledge(bytes: number): Pledge | undefined {
  if (queued.pledged + bytes > queued.limit / 4) return undefined;
  queued.pledged += bytes;
  const one: Pledge = { bytes, timer: setTimeout(() => redeem(one), 1000) };
  (one.timer as { unref?(): void }).unref?.();
  return one;
}

/** End a pledge: its call has begun, or never will. */
export function redeem(one: Pledge): void {
  clearTimeout(one.timer);
  queued.pledged -= one.bytes;
  one.bytes = 0;
}

const known: Turns = {
  turns,
  queued,
  keepBytes: KEEP_BYTES,
  begin(turn: Turn): void {
    turn.linearBytes = turn.wants;
    turns.add(turn);
  },
  refusal: (what: string, needed: number, held: number): MemoryLimitError => {
    const why = `other calls hold ${formatBytes(held)} of it; make fewer at a time`;
    return new MemoryLimitError(what, needed, queued.limit, why, true);
  },
};

/**
 * @throws MemoryLimitError if a turn that has begun cannot grow to `bytes` bytes of linear memory beside other calls
 */
export function checkGrowth(turn: Turn, bytes: number): void {
  const room = queued.roomFor(turn) - turn.hostBytes;
  if (bytes > room) throw known.refusal('this call', bytes + turn.hostBytes, queued.limit - room);
}

/**
 * Wait until a turn can begin, or until a turn that gave its memory up can have it again.
 * @throws the signal's reason; MemoryLimitError if other calls hold the memory and make no progress
 */
export async function waitForTurn(turn: Turn, what: string, signal: AbortSignal | undefined): Promise<void> {
  if (turns.size === 0 && queued.limit === Number.POSITIVE_INFINITY) known.begin(turn);
  else await (await import('./queue.ts')).join(turn, what, signal, known);
}

/** Record that a turn gave its linear memory up, or that it is `over`. */
export function endTurn(turn: Turn, over = true): void {
  turn.linearBytes = 0;
  if (over) turns.delete(turn);
  queued.goOn();
}
