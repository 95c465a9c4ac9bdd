import { deathOf, refusalOf, type WorkerGroup } from './worker-group.ts';
import type { Order } from './worker-script.ts';

/** An array of the host that a worker fills. It must be handed over (`hand`) or dropped in every case. */
export interface HeldArray {
  /** Copy from linear memory into the array, after all jobs and copies that were ordered before. */
  copy(ptr: number, bytes: number, offset: number): Promise<void>;
  /** Transfer the array to this thread, with everything that was copied to it. */
  hand(): Promise<ArrayBuffer>;
  /** Free its memory. Do not call it while jobs run, since it may stop the worker. */
  drop(): Promise<void>;
}

let nextArray = 1;

/**
 * Let the first worker of a group allocate an array of `bytes` bytes.
 * @throws the platform's error if there is no room; PlatformError if the worker died; NoThreads
 */
export function holdArray(group: WorkerGroup, bytes: number): Promise<HeldArray> {
  const array = nextArray++;
  return new Promise((begun, failed) => {
    const kept = group.keep(async ([{ member, ready }]) => {
      await ready.catch((cause) => {
        throw member.started ? deathOf(cause) : refusalOf(cause);
      });
      const ask = (order: Order) =>
        member.ask(order).catch((cause) => {
          throw member.dead === undefined ? cause : deathOf(cause);
        });
      await ask({ type: 'hold', array, bytes });
      // The group keeps its workers until the array is handed over or dropped.
      await new Promise<void>((gone) => {
        let held = true;
        const end = async (keep: boolean) => {
          if (!held) return undefined;
          held = false;
          return ask({ type: 'hand', array, keep }).finally(gone);
        };
        begun({
          copy: async (ptr, count, offset) => {
            await ask({ type: 'copy', array, id: group.engine.id, ptr, bytes: count, offset });
          },
          hand: async () => ((await end(true)) as { buffer: ArrayBuffer }).buffer,
          drop: async () => {
            // If the platform cannot free a buffer on its own (Node 20), the worker is stopped, which frees it.
            if (held && !('transfer' in ArrayBuffer.prototype))
              member.die(new Error('it held a dropped array'));
            await end(false).catch(() => {});
          },
        });
      });
    });
    kept.catch(failed);
  });
}
