/**
 * The queue of calls that wait for a turn.
 *
 * A waiting call has no linear memory. A call that has memory ends without help from other calls, with two exceptions:
 * a generator whose consumer is at work gives its memory up when another call needs it (`giveUp`), and a call that
 * waits for its source does not keep others waiting. So calls cannot wait for each other in a circle. If `configure`
 * limits all calls together, a call that would wait for ever is refused.
 *
 * `join` gets everything about turns as an argument (`Turns`), so this file imports only types. A page loads it only
 * when calls overlap, and a bundler need not split turns.ts.
 */
import type { Turn, Turns } from './turn.ts';

/** Calls that want more than this are large. Large and small calls do not keep each other waiting. */
const LARGE_BYTES = 2 ** 25;
/** Most calls of each size that may run at the same time. */
const SMALL_TURNS = 4;
const LARGE_TURNS = 2;
/** A call that waits longer than this for its source no longer keeps others waiting. */
const READING_MS = 250;
/** How often the queue checks for slow sources. */
const LOOK_MS = 100;
/** If nothing has happened for this time, the queue assumes that nothing will. */
const STALL_MS = 30_000;

interface Waiting {
  turn: Turn;
  what: string;
  start(): void;
  refuse(reason: unknown): void;
}

let known: Turns;
const queue: Waiting[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;
let givingUp = 0;
/** When the queue or the set of turns last changed. */
let changed = 0;
const isLarge = ({ wants }: Turn) => wants > LARGE_BYTES;
const works = ({ linearBytes, readingSince }: Turn) =>
  linearBytes > 0 && !(readingSince !== undefined && performance.now() - readingSince > READING_MS);

/** Bytes of host memory and linear memory of all other turns, and the most linear memory that one of them may need. */
function others(turn: Turn): { host: number; linear: number; most: number } {
  const waits = known.turns.has(turn) ? 0 : turn.heldBytes;
  const sum = { host: known.queued.pledged - waits, linear: 0, most: turn.wants };
  for (const one of known.turns) {
    if (one === turn) continue;
    sum.host += one.hostBytes;
    sum.linear += one.linearBytes;
    if (one.linearBytes === 0) sum.most = Math.max(sum.most, one.wants);
  }
  return sum;
}

function isLaneFull(turn: Turn): boolean {
  const lane = [...known.turns].filter((one) => works(one) && isLarge(one) === isLarge(turn));
  if (isLarge(turn)) return lane.length >= LARGE_TURNS;
  const bytes = lane.reduce((sum, { wants }) => sum + wants, turn.wants);
  return lane.length >= SMALL_TURNS || (lane.length > 0 && bytes > known.keepBytes);
}

/** Whether memory is short for a turn. Room also stays for turns that gave their memory up and will need it again. */
function isShort(turn: Turn): boolean {
  const { host, linear, most } = others(turn);
  const left = known.queued.limit - host - turn.hostBytes;
  return linear + turn.wants > left || most > left;
}

/** Let a generator give its memory up: one of the given size, or any. */
function reclaim(large: boolean | undefined): void {
  if (givingUp > 0) return;
  for (const turn of known.turns) {
    const { giveUp } = turn;
    if (!giveUp || (large !== undefined && isLarge(turn) !== large)) continue;
    turn.giveUp = undefined;
    givingUp++;
    void giveUp().finally(() => {
      givingUp--;
      goOn();
    });
    return;
  }
}

/** Whether no call with memory is at work, and nothing has happened for STALL_MS. */
function isStalled(): boolean {
  const all = [...known.turns];
  const last = all.reduce((most, { readingSince = 0 }) => Math.max(most, readingSince), changed);
  return performance.now() - last > STALL_MS && givingUp === 0 && !all.some(works);
}

/** Begin the calls that there is room for, in the order in which they came. */
function letBegin(): void {
  const full = [false, false];
  for (const waiting of [...queue]) {
    const { turn, what } = waiting;
    const large = isLarge(turn);
    if (full[+large]) continue;
    const leave = () => queue.splice(queue.indexOf(waiting), 1);
    if (isLaneFull(turn)) {
      full[+large] = true;
      reclaim(large);
    } else if (!isShort(turn)) {
      leave();
      known.begin(turn);
      waiting.start();
    } else {
      reclaim(undefined);
      if ((known.turns.size > 0 || known.queued.pledged > turn.heldBytes) && !isStalled()) break;
      leave();
      const { host, linear } = others(turn);
      waiting.refuse(known.refusal(what, turn.wants + turn.hostBytes, host + linear));
    }
  }
  clearTimeout(timer);
  timer = queue.length > 0 ? setTimeout(letBegin, LOOK_MS) : undefined;
}

/** Check the queue again after a change. */
function goOn(): void {
  changed = performance.now();
  if (queue.length > 0) letBegin();
}

/**
 * Wait until a turn can begin, or until a turn that gave its memory up can have it again.
 * @throws the signal's reason; MemoryLimitError if other calls hold the memory and make no progress
 */
export function join(turn: Turn, what: string, signal: AbortSignal | undefined, all: Turns): Promise<void> {
  known = all;
  return new Promise((resolve, reject) => {
    Object.assign(known.queued, { goOn, roomFor });
    signal?.throwIfAborted();
    const abort = () => {
      queue.splice(queue.indexOf(waiting), 1);
      reject(signal?.reason);
      goOn();
    };
    const end = () => signal?.removeEventListener('abort', abort);
    const waiting: Waiting = {
      turn,
      what,
      start: () => {
        end();
        resolve();
      },
      refuse: (reason) => {
        end();
        reject(reason);
      },
    };
    signal?.addEventListener('abort', abort, { once: true });
    // Turns that have begun go before those that have not.
    const at = known.turns.has(turn) ? queue.findIndex((one) => !known.turns.has(one.turn)) : -1;
    queue.splice(at < 0 ? queue.length : at, 0, waiting);
    changed = performance.now();
    letBegin();
  });
}

function roomFor(turn: Turn): number {
  const { host, linear } = others(turn);
  return known.queued.limit - host - linear;
}
