/**
 * Who waits for a turn, and until when.
 *
 * A call that waits has no linear memory. One that has it comes to an end without anyone else, but for two: a generator
 * whose consumer has the turn gives its memory up when another call asks for it (`giveUp`), and a call that waits for its
 * source does not keep others waiting. So no ring of calls that wait for each other can close. Where `configure` limits
 * all calls together, a call that would wait for ever is refused. What it knows of turns it is given, so that a page
 * loads this file when calls meet, and nothing else is cut in two for it.
 */
import type { Turn, Turns } from './turn.ts';

/** What is larger does not keep small calls waiting, nor they it. */
const LARGE_BYTES = 2 ** 25;
/** How many may work at the same time. */
const SMALL_TURNS = 4;
const LARGE_TURNS = 2;
/** A source that takes longer lets others have the turn. */
const READING_MS = 250;
/** How often those who wait look whether a source is as slow as that. */
const LOOK_MS = 100;
/** Nothing has happened for so long that nothing will. */
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
/** When a turn last began, ended, or went on. */
let changed = 0;
const isLarge = ({ wants }: Turn) => wants > LARGE_BYTES;
const works = ({ linearBytes, readingSince }: Turn) =>
  linearBytes > 0 && !(readingSince !== undefined && performance.now() - readingSince > READING_MS);

/** Bytes of all turns but one, of the host and of linear memory. */
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

/** Also those whose memory was taken back must find room for it again. */
function isShort(turn: Turn): boolean {
  const { host, linear, most } = others(turn);
  const left = known.queued.limit - host - turn.hostBytes;
  return linear + turn.wants > left || most > left;
}

/** Have a generator give its memory up. */
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

/** Nobody who has memory works, and nobody has heard from a source or a consumer for long. */
function isStalled(): boolean {
  const all = [...known.turns];
  const last = all.reduce((most, { readingSince = 0 }) => Math.max(most, readingSince), changed);
  return performance.now() - last > STALL_MS && givingUp === 0 && !all.some(works);
}

/** Let those begin for whom there is room, in the order in which they came. */
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

/** Something has changed. */
function goOn(): void {
  changed = performance.now();
  if (queue.length > 0) letBegin();
}

/**
 * Wait for a turn, or, for one that has given its memory up, to have it again.
 * @throws the signal's reason; MemoryLimitError where other calls hold what it needs and do not go on
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
    // Those that have begun go before those that have not.
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
