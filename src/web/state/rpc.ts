/** Calls to the worker that return promises. */
import type { Answer, Calls, Parts, Progress, Request, Tally } from '../worker/protocol.ts';

/** An error from the worker, with the name that it had there. */
class WorkError extends Error {
  constructor(
    override readonly name: string,
    message: string,
    readonly parts?: Parts,
  ) {
    super(message);
  }
}

interface Listeners {
  progress(progress: Progress): void;
  tally(tally: Tally | undefined): void;
  warning(message: string): void;
  note(message: string): void;
}

/** The connection to the worker. Calls run concurrently; each promise settles when its call ends. */
export class Desk {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #next = 1;

  constructor(listeners: Listeners) {
    this.#worker = new Worker(new URL('./work.js', import.meta.url), {
      type: 'module',
      name: 'coppice desk',
    });
    this.#worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      if ('progress' in data) listeners.progress(data.progress);
      else if ('tally' in data) listeners.tally(data.tally);
      else if ('warning' in data) listeners.warning(data.warning);
      else if ('note' in data) listeners.note(data.note);
      else this.#settle(data);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      const error = new WorkError(
        'Error',
        event.message || 'the worker of this page did not start; reload the page',
      );
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    };
  }

  call<K extends keyof Calls>(call: K, ...args: Parameters<Calls[K]>): Promise<ReturnType<Calls[K]>> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.#worker.postMessage({ id, call, args } satisfies Request);
    });
  }

  #settle(answer: Extract<Answer, { id: number }>): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('error' in answer) {
      const { name, message, parts } = answer.error;
      waiting?.reject(new WorkError(name, message, parts));
    } else waiting?.resolve(answer.value);
  }
}
