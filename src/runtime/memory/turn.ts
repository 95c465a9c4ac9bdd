/** What a turn is, and what the queue is told of turns. */
import type { MemoryLimitError } from '../../errors.ts';

export interface Turn {
  /** Linear memory that it needs when it works, */
  readonly wants: number;
  /** and that it has now. */
  linearBytes: number;
  /** Bytes of the host's own, from its first turn to its end; */
  readonly hostBytes: number;
  /** and of those, what it has while it waits: the copy of its input. */
  readonly heldBytes: number;
  /** Since when it waits for its source. */
  readingSince: number | undefined;
  /** Gives its linear memory up; there while its consumer has the turn. */
  giveUp: (() => Promise<void>) | undefined;
}

/** All turns, as the queue knows them. */
export interface Turns {
  turns: ReadonlySet<Turn>;
  queued: { limit: number; pledged: number; goOn(): void; roomFor(turn: Turn): number };
  keepBytes: number;
  /** It has its memory. */
  begin(turn: Turn): void;
  /** Others have the memory, and nobody knows until when. */
  refusal(what: string, needed: number, held: number): MemoryLimitError;
}
