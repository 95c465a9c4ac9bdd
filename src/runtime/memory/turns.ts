/**
 * Turns: the calls that have linear memory. One that is alone has it at once; where there are others, or where all calls
 * together are limited, queue.ts says who waits. That is loaded then.
 */

import { formatBytes, MemoryLimitError } from '../../errors.ts';
import type { Turn, Turns } from './turn.ts';

/** Memories up to this size together are kept between calls, and small calls may have them at the same time. */
export const KEEP_BYTES = 2 ** 26;

/** The copy of an input whose call has not begun yet. */
export interface Pledge {
  bytes: number;
  /** Ends it where the call never asks for a turn, which it would have done within a second. */
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** Calls that have begun and have not ended. */
export const turns = new Set<Turn>();

/** What queue.ts does when it is there, and what `configure` has set. */
export const queued = {
  /** Bytes that all calls together may take. */
  limit: Number.POSITIVE_INFINITY,
  /** Bytes of copies of inputs whose calls have not begun. */
  pledged: 0,
  /** Something has changed. */
  goOn(): void {},
  /** Bytes that are left for a turn, its own included. */
  roomFor: (_turn: Turn): number => Number.POSITIVE_INFINITY,
};

/** Count the copy of an input. @returns undefined where there is no room for it */
export function pledge(bytes: number): Pledge | undefined {
  if (queued.pledged + bytes > queued.limit / 4) return undefined;
  queued.pledged += bytes;
  const one: Pledge = { bytes, timer: setTimeout(() => redeem(one), 1000) };
  (one.timer as { unref?(): void }).unref?.();
  return one;
}

/** The call has begun, or will not. */
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

/** @throws MemoryLimitError where a turn, which has begun, cannot have so much linear memory beside other calls */
export function checkGrowth(turn: Turn, bytes: number): void {
  const room = queued.roomFor(turn) - turn.hostBytes;
  if (bytes > room) throw known.refusal('this call', bytes + turn.hostBytes, queued.limit - room);
}

/**
 * Wait for a turn, or, for one that has given its memory up, to have it again.
 * @throws the signal's reason; MemoryLimitError where other calls hold what it needs and do not go on
 */
export async function waitForTurn(turn: Turn, what: string, signal: AbortSignal | undefined): Promise<void> {
  if (turns.size === 0 && queued.limit === Number.POSITIVE_INFINITY) known.begin(turn);
  else await (await import('./queue.ts')).join(turn, what, signal, known);
}

/** Its linear memory was given up, or the turn is over. */
export function endTurn(turn: Turn, over = true): void {
  turn.linearBytes = 0;
  if (over) turns.delete(turn);
  queued.goOn();
}
