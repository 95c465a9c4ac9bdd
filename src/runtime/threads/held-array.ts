import { deathOf, refusalOf, type WorkerGroup } from './worker-group.ts';
import type { Order } from './worker-script.ts';

/** An array of the host that a worker fills. To be handed over or dropped, come what may. */
export interface HeldArray {
  /** Copy from linear memory, after the jobs and copies that were asked for before. */
  copy(ptr: number, bytes: number, offset: number): Promise<void>;
  /** Have it, with all that was copied to it. */
  hand(): Promise<ArrayBuffer>;
  /** Give its memory back; not while jobs are in hand, since it may cost the worker. */
  drop(): Promise<void>;
}

let nextArray = 1;

/**
 * Have a worker of a group hold an array of `bytes` bytes.
 * @throws what the platform says where there is no room; PlatformError where the worker died; NoThreads
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
      // The workers are kept until the array is gone.
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
            // Where memory cannot be freed by itself (Node 20), it is freed with its worker.
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
