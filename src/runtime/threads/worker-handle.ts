/** A worker and what it has been asked. */
import { allowThreads, refuseThreads, startThread, type Thread } from './platform.ts';
import type { Order, Report } from './worker-script.ts';

/** Time in which a worker must have answered for the first time: one of a wrong script never does. */
const START_MS = 10_000;

/** What a worker needs to know of an engine. */
export interface SharedEngine {
  readonly id: number;
  readonly modules: readonly WebAssembly.Module[];
  readonly memory: WebAssembly.Memory;
}

interface Answer {
  resolve(report: Report): void;
  reject(cause: unknown): void;
}

export class WorkerHandle {
  readonly thread: Thread;
  /** It has answered once. */
  started = false;
  /** It has been asked once. */
  #greeted = false;
  dead: unknown;
  /** Memories that it has been told of, each with how many modules on it. */
  readonly #knows = new Map<number, number>();
  /** Orders that it has not answered, in the order in which it will. */
  #waiting: Answer[] = [];
  readonly #onDeath: (member: WorkerHandle) => void;

  /** @throws what the platform says where it has no workers */
  constructor(onDeath: (member: WorkerHandle) => void) {
    this.#onDeath = onDeath;
    this.thread = startThread({
      onMessage: (data) => this.#hear(data as Report),
      onDeath: (cause) => this.die(cause),
    });
  }

  #hear(report: Report): void {
    if (report.type === 'ready' && !this.started) {
      this.started = true;
      allowThreads();
      if (report.locked) this.thread.watch();
    }
    const answer = this.#waiting.shift();
    if (report.type === 'failed') answer?.reject(new Error(report.message));
    else answer?.resolve(report);
  }

  /** Nobody waits for this one any more. */
  die(cause: unknown): void {
    if (this.dead !== undefined) return;
    this.dead = cause ?? new Error('a worker died');
    this.#onDeath(this);
    for (const { reject } of this.#waiting.splice(0)) reject(this.dead);
    // It may only be silent, or have thrown.
    this.thread?.stop();
  }

  /**
   * Give an order, which is obeyed after all that were given before.
   * @throws what it fails with, or died of
   */
  ask(order: Order): Promise<Report> {
    if (this.dead !== undefined) return Promise.reject(this.dead);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.thread.post(order);
    });
  }

  /** Tell it of an engine. To be awaited before it is asked for a job on that. */
  async introduce({ id, memory, modules }: SharedEngine): Promise<void> {
    const known = this.#knows.get(id) ?? 0;
    const news = modules.slice(known);
    if (news.length === 0) return;
    const order: Order = { type: 'memory', id, modules: news, memory };
    // From now on: whoever asks or lets forget does so after this order.
    this.#knows.set(id, modules.length);
    let timer: ReturnType<typeof setTimeout> | undefined;
    if (!this.#greeted) {
      this.#greeted = true;
      order.lock = this.thread.lock;
      const silent = () => {
        const cause = new Error(`a worker gave no answer within ${START_MS / 1000} seconds`);
        // Nobody waits so long again.
        refuseThreads(cause, true);
        this.die(cause);
      };
      timer = setTimeout(silent, START_MS);
    }
    try {
      await this.ask(order);
    } catch (cause) {
      this.#knows.set(id, known);
      throw cause;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Let it forget an engine whose memory is given up. */
  forget(id: number): void {
    if (this.#knows.delete(id)) this.thread.post({ type: 'forget', id } satisfies Order);
  }
}
