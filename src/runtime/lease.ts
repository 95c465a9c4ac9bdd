/**
 * Leases on engines.
 *
 * A call plans its memory (Layout), waits for its turn (turns.ts), takes a lease on that many bytes, works, and gives the
 * lease back. Memories are kept for the next call, and grow where it needs more. Beyond KEEP_BYTES they are given up:
 * only a weak reference stays, so that a call that follows may use the same pages as long as the collector has not freed
 * them. A memory is made only where all that are there are in use, so there are never more than calls at a time.
 */
import { asOurs } from '../errors.ts';
import { Engine } from './engine.ts';
import { checkInputs, type Inputs } from './memory/inputs.ts';
import type { Turn } from './memory/turn.ts';
import { endTurn, KEEP_BYTES, queued, redeem, waitForTurn } from './memory/turns.ts';
import { affordableThreads, checkRequest, type MemoryRequest } from './memory-request.ts';
import { allowThreads } from './threads/platform.ts';
import { closePool, forgetEngine } from './threads/worker-pool.ts';

/** Memories that no call has: the last to be given back last. */
let kept: Engine[] = [];
/** Those that were too much to keep, as long as they are there. */
let dropped: WeakRef<Engine>[] = [];

/** What is known of a call that asks for an engine. */
export interface Caller {
  signal?: AbortSignal | undefined;
  inputs?: Inputs;
}

/** An engine in use. `release` must be called, come what may; a second call does nothing. */
export class Lease {
  engine: Engine;
  readonly #demand: MemoryRequest;
  readonly #turn: Turn;
  #giving: Promise<void> | undefined;

  constructor(engine: Engine, demand: MemoryRequest, turn: Turn) {
    this.engine = engine;
    this.#demand = demand;
    this.#turn = turn;
  }

  /**
   * From here on another call may have the engine, when `save` has taken out of it what is needed.
   * Nothing may be done with the engine until `unpark`.
   */
  park(save: () => Promise<void>): void {
    this.#turn.giveUp = () => {
      this.#giving = save().finally(() => this.#end(false));
      return this.#giving;
    };
    queued.goOn();
  }

  /**
   * Go on.
   * @returns whether the engine is as it was; if not, it is another, and nothing is in it
   * @throws the signal's reason; MemoryLimitError
   */
  async unpark(signal?: AbortSignal): Promise<boolean> {
    this.#turn.giveUp = undefined;
    await this.settle();
    if (this.#turn.linearBytes > 0) return true;
    await waitForTurn(this.#turn, this.#demand.what, signal);
    this.engine = await equip(this.#demand, this.#turn);
    return false;
  }

  /** Wait until the engine is given up, if that has begun. */
  async settle(): Promise<void> {
    await this.#giving?.catch(() => {});
    this.#giving = undefined;
  }

  #end(over: boolean): void {
    this.#turn.giveUp = undefined;
    if (this.#turn.linearBytes > 0) giveBack(this.engine);
    endTurn(this.#turn, over);
  }

  release(): void {
    this.#end(true);
  }
}

/** Keep an engine for the next call, in place of others where they are too large together: the largest are dropped. */
function giveBack(engine: Engine): void {
  engine.turn = undefined;
  kept.push(engine);
  trim(KEEP_BYTES);
}

function trim(room: number): void {
  let bytes = kept.reduce((sum, { size }) => sum + size, 0);
  while (bytes > room && kept.length > 0) {
    const large = kept.reduce((most, one) => (one.size > most.size ? one : most));
    kept.splice(kept.indexOf(large), 1);
    bytes -= large.size;
    // Workers let go of a large memory too, or it could never be freed.
    forgetEngine(large.id);
    if (typeof WeakRef === 'function') dropped.push(new WeakRef(large));
  }
}

/**
 * Take an engine that has the memory demanded. Where others have what there is for calls at the same time, this one waits.
 * @throws MemoryLimitError before any work begins; the signal's reason
 */
export async function takeEngine(asked: MemoryRequest, { signal, inputs }: Caller = {}): Promise<Lease> {
  const demand = { ...asked, limit: Math.min(asked.limit, queued.limit) };
  const hostBytes = (demand.hostBytes ?? 0) + checkRequest(demand, inputs);
  demand.hostBytes = hostBytes;
  let heldBytes = 0;
  for (const { bytes, timer } of inputs?.pledges ?? []) {
    clearTimeout(timer);
    heldBytes += bytes;
  }
  const { linearBytes, what } = demand;
  const turn: Turn = {
    ...{ wants: linearBytes, linearBytes: 0, hostBytes, heldBytes },
    ...{ readingSince: undefined, giveUp: undefined },
  };
  await waitForTurn(turn, what, signal).finally(() => inputs?.pledges.forEach(redeem));
  return new Lease(await equip(demand, turn), demand, turn);
}

/** An engine for a turn that has begun. The turn ends where there is none. */
async function equip(demand: MemoryRequest, turn: Turn): Promise<Engine> {
  let engine: Engine | undefined;
  try {
    engine = await findEngine(
      demand.linearBytes,
      demand.limit - turn.hostBytes,
      queued.roomFor(turn) - turn.hostBytes,
    );
    engine.turn = turn;
    engine.reserve(demand.linearBytes);
    if (demand.kernels) await engine.add(demand.kernels);
    turn.linearBytes = engine.size;
    const limit = Math.min(demand.limit, demand.linearBytes + queued.roomFor(turn) - engine.size);
    engine.threads = affordableThreads({ ...demand, limit });
    engine.rates.clear();
    return engine;
  } catch (error) {
    if (engine) giveBack(engine);
    endTurn(turn);
    throw error;
  }
}

/**
 * Work with an engine that has the memory demanded, and give it back at the end, come what may.
 * @throws MemoryLimitError before any work begins; PlatformError where the platform has no more memory
 */
export async function withEngine<R>(
  demand: MemoryRequest,
  caller: Caller,
  work: (engine: Engine) => Promise<R>,
): Promise<R> {
  let lease: Lease | undefined;
  try {
    lease = await takeEngine(demand, caller);
    const result = await work(lease.engine);
    if (caller.inputs) checkInputs(caller.inputs);
    return result;
  } catch (error) {
    throw asOurs(error, demand.what);
  } finally {
    lease?.release();
  }
}

/** Of the memories that are there, the smallest that is large enough, or the largest, to grow; else a new one. */
async function findEngine(bytes: number, allowed: number, room: number): Promise<Engine> {
  dropped = dropped.filter((one) => one.deref());
  const there = [...kept, ...dropped.map((one) => one.deref() as Engine)];
  let best: Engine | undefined;
  for (const engine of there) {
    const { size } = engine;
    if (size > Math.min(allowed, room)) continue;
    // Of equals the one that was used last, as its pages are.
    if (!best || (best.size < bytes ? size >= best.size : size >= bytes && size <= best.size)) best = engine;
  }
  kept = kept.filter((one) => one !== best);
  dropped = dropped.filter((one) => one.deref() !== best);
  trim(Math.min(KEEP_BYTES, room - Math.max(bytes, best?.size ?? 0)));
  return best ?? Engine.create(bytes);
}

/** Stop the workers, and give up the memory that is kept between calls. The next call starts afresh. */
export function close(): void {
  for (const { id } of kept) forgetEngine(id);
  kept = [];
  dropped = [];
  closePool();
  allowThreads();
}
