/** Turns, and how the queue sees them. A turn is a call that has, or waits for, linear memory. */
import type { MemoryLimitError } from '../../errors.ts';

export interface Turn {
  /** Bytes of linear memory that the call needs while it works. */
  readonly wants: number;
  /** Bytes of linear memory that it has now. */
  linearBytes: number;
  /** Bytes of host memory, from its beginning to its end. */
  readonly hostBytes: number;
  /** The part of hostBytes that it holds while it waits: copies of its inputs. */
  readonly heldBytes: number;
  /** Time since which it waits for its source; undefined if it does not wait. */
  readingSince: number | undefined;
  /** Gives its linear memory up. Defined only while its consumer is at work. */
  giveUp: (() => Promise<void>) | undefined;
}

/** All turns, as the queue knows them. */
export interface Turns {
  turns: ReadonlySet<Turn>;
  queued: { limit: number; pledged: number; goOn(): void; roomFor(turn: Turn): number };
  keepBytes: number;
  /** Give the turn its memory. */
  begin(turn: Turn): void;
  /** The error if other calls hold the memory. */
  refusal(what: string, needed: number, held: number): MemoryLimitError;
}
