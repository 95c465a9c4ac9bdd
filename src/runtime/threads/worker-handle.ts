/** A worker and the orders that it has not answered yet. */
import { allowThreads, refuseThreads, startThread, type Thread } from './platform.ts';
import type { Order, Report } from './worker-script.ts';

/** Time within which a worker must give its first answer. A worker that runs a wrong script never answers. */
const START_MS = 10_000;

/** The parts of an engine that a worker needs. */
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
  /** Whether it has answered at least once. */
  started = false;
  /** Whether it has been sent its first order. */
  #greeted = false;
  /** Why it died; undefined while it lives. */
  dead: unknown;
  /** Engines that the worker knows: id, and the number of modules it has instantiated on that memory. */
  readonly #knows = new Map<number, number>();
  /** Orders without an answer, oldest first. The worker answers in this order. */
  #waiting: Answer[] = [];
  readonly #onDeath: (member: WorkerHandle) => void;

  /** @throws the platform's error if it has no workers */
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

  /** Stop the worker and reject all orders without an answer. */
  die(cause: unknown): void {
    if (this.dead !== undefined) return;
    this.dead = cause ?? new Error('a worker died');
    this.#onDeath(this);
    for (const { reject } of this.#waiting.splice(0)) reject(this.dead);
    // The worker may still run: it may only have been silent, or have thrown.
    this.thread?.stop();
  }

  /**
   * Send an order. The worker executes orders in the order in which they were sent.
   * @throws the error of the order, or the cause of the worker's death
   */
  ask(order: Order): Promise<Report> {
    if (this.dead !== undefined) return Promise.reject(this.dead);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.thread.post(order);
    });
  }

  /** Tell the worker about an engine. Await this before you send a job on that engine. */
  async introduce({ id, memory, modules }: SharedEngine): Promise<void> {
    const known = this.#knows.get(id) ?? 0;
    const news = modules.slice(known);
    if (news.length === 0) return;
    const order: Order = { type: 'memory', id, modules: news, memory };
    // Set it now: all later orders are executed after this one.
    this.#knows.set(id, modules.length);
    let timer: ReturnType<typeof setTimeout> | undefined;
    if (!this.#greeted) {
      this.#greeted = true;
      order.lock = this.thread.lock;
      const silent = () => {
        const cause = new Error(`a worker gave no answer within ${START_MS / 1000} seconds`);
        // Final, so that no later call waits as long again.
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

  /** Let the worker forget an engine whose memory is given up. */
  forget(id: number): void {
    if (this.#knows.delete(id)) this.thread.post({ type: 'forget', id } satisfies Order);
  }
}
