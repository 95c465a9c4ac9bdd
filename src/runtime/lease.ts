/**
 * Leases on engines.
 *
 * A call plans its memory (Layout), waits for its turn (turns.ts), takes a lease on that many bytes, works, and gives
 * the lease back. Memories are kept for the next call, and grow if it needs more. If they exceed KEEP_BYTES together,
 * the largest are dropped: only a weak reference stays, so that a later call may use the same pages until the garbage
 * collector frees them. A new memory is made only if every unused one is larger than the call may take.
 */
import { asOurs } from '../errors.ts';
import { Engine } from './engine.ts';
import { checkInputs, type Inputs } from './memory/inputs.ts';
import type { Turn } from './memory/turn.ts';
import { endTurn, KEEP_BYTES, queued, redeem, waitForTurn } from './memory/turns.ts';
import { affordableThreads, checkRequest, type MemoryRequest } from './memory-request.ts';
import { allowThreads } from './threads/platform.ts';
import { closePool, forgetEngine } from './threads/worker-pool.ts';

/** Engines that no call uses, in the order in which they were given back. */
let kept: Engine[] = [];
/** Engines beyond KEEP_BYTES, until the garbage collector frees them. */
let dropped: WeakRef<Engine>[] = [];

/** The call that asks for an engine. */
interface Caller {
  signal?: AbortSignal | undefined;
  inputs?: Inputs;
}

/** An engine in use. `release` must be called in every case, also after an error. A second call does nothing. */
export class Lease {
  engine: Engine;
  readonly #request: MemoryRequest;
  readonly #turn: Turn;
  #giving: Promise<void> | undefined;

  constructor(engine: Engine, request: MemoryRequest, turn: Turn) {
    this.engine = engine;
    this.#request = request;
    this.#turn = turn;
  }

  /**
   * Allow another call to take the engine from here on; `save` runs first and copies out the data that is still needed.
   * The engine must not be used until `unpark`.
   */
  park(save: () => Promise<void>): void {
    this.#turn.giveUp = () => {
      this.#giving = save().finally(() => this.#end(false));
      return this.#giving;
    };
    queued.goOn();
  }

  /**
   * Use the engine again.
   * @returns true if it is as it was; false if it is another engine without this call's data
   * @throws the signal's reason; MemoryLimitError
   */
  async unpark(signal?: AbortSignal): Promise<boolean> {
    this.#turn.giveUp = undefined;
    await this.settle();
    if (this.#turn.linearBytes > 0) return true;
    await waitForTurn(this.#turn, this.#request.what, signal);
    this.engine = await equip(this.#request, this.#turn);
    return false;
  }

  /** If the engine is being given up, wait for the end of that. */
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

/** Keep an engine for the next call. If the kept engines are too large together, the largest are dropped. */
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
    // Workers must drop a large memory too, or it could never be freed.
    forgetEngine(large.id);
    if (typeof WeakRef === 'function') dropped.push(new WeakRef(large));
  }
}

/**
 * Take an engine that has the requested memory. The call waits if there is no room for it beside other calls.
 * @throws MemoryLimitError before any work begins; the signal's reason
 */
export async function takeEngine(asked: MemoryRequest, { signal, inputs }: Caller = {}): Promise<Lease> {
  const request = { ...asked, limit: Math.min(asked.limit, queued.limit) };
  const hostBytes = (request.hostBytes ?? 0) + checkRequest(request, inputs);
  request.hostBytes = hostBytes;
  let heldBytes = 0;
  for (const { bytes, timer } of inputs?.pledges ?? []) {
    clearTimeout(timer);
    heldBytes += bytes;
  }
  const { linearBytes, what } = request;
  const turn: Turn = {
    ...{ wants: linearBytes, linearBytes: 0, hostBytes, heldBytes },
    ...{ readingSince: undefined, giveUp: undefined },
  };
  await waitForTurn(turn, what, signal).finally(() => inputs?.pledges.forEach(redeem));
  return new Lease(await equip(request, turn), request, turn);
}

/** Find or make the engine for a turn that has begun. If that fails, the turn ends. */
async function equip(request: MemoryRequest, turn: Turn): Promise<Engine> {
  let engine: Engine | undefined;
  try {
    engine = await findEngine(
      request.linearBytes,
      request.limit - turn.hostBytes,
      queued.roomFor(turn) - turn.hostBytes,
    );
    engine.turn = turn;
    engine.reserve(request.linearBytes);
    if (request.kernels) await engine.add(request.kernels);
    turn.linearBytes = engine.size;
    const limit = Math.min(request.limit, request.linearBytes + queued.roomFor(turn) - engine.size);
    engine.threads = affordableThreads({ ...request, limit });
    engine.rates.clear();
    return engine;
  } catch (error) {
    if (engine) giveBack(engine);
    endTurn(turn);
    throw error;
  }
}

/**
 * Run `work` with an engine that has the requested memory, and give the engine back at the end, also after an error.
 * @throws MemoryLimitError before any work begins; PlatformError if the platform has no more memory
 */
export async function withEngine<R>(
  request: MemoryRequest,
  caller: Caller,
  work: (engine: Engine) => Promise<R>,
): Promise<R> {
  let lease: Lease | undefined;
  try {
    lease = await takeEngine(request, caller);
    const result = await work(lease.engine);
    if (caller.inputs) checkInputs(caller.inputs);
    return result;
  } catch (error) {
    throw asOurs(error, request.what);
  } finally {
    lease?.release();
  }
}

/** Of the unused engines, take the smallest that is large enough, else the largest, which will grow; else make one. */
async function findEngine(bytes: number, allowed: number, room: number): Promise<Engine> {
  dropped = dropped.filter((one) => one.deref());
  const there = [...kept, ...dropped.map((one) => one.deref() as Engine)];
  let best: Engine | undefined;
  for (const engine of there) {
    const { size } = engine;
    if (size > Math.min(allowed, room)) continue;
    // Of two with the same size, take the later one: its pages were used more recently.
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
