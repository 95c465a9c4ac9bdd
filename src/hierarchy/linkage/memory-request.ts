import { advice, join } from '../../messages.ts';
import { mostFitting } from '../../runtime/fitting.ts';
import { EXTRA, type KernelSet } from '../../runtime/kernels/kernel-set.ts';
import type { Layout } from '../../runtime/memory/layout.ts';
import { fits, type MemoryRequest } from '../../runtime/memory-request.ts';
import type { RunState } from '../../runtime/run.ts';
import type { Ordering } from './leaf-ordering.ts';
import { METHODS, type Method } from './methods.ts';

/** Host bytes for each row: its merge before and after sorting, its position in the sort, and its cluster. */
const HOST_BYTES = 88;

/** The request of a method for n rows; undefined if the method does not fit these distances. */
export type RequestAt = (n: number, method: Method) => MemoryRequest | undefined;

/** The memory request of a linkage of n rows. */
export function requestFor(
  layout: Layout,
  ordering: Ordering | undefined,
  n: number,
  run: RunState,
  kernels: KernelSet | undefined,
  method: Method,
  at: RequestAt,
): MemoryRequest {
  const fitsAt = (rows: number, by: Method) => {
    const request = at(rows, by);
    return request !== undefined && fits(request);
  };
  return {
    // The ordering reuses the memory of the linkage, which is finished by then.
    linearBytes: Math.max(layout.totalBytes, ordering?.linearBytes ?? 0),
    hostBytes: n * HOST_BYTES + (ordering?.hostBytes ?? n * run.rowBytes),
    limit: run.limit,
    threads: run.threads,
    kernels: ordering ? EXTRA : kernels,
    what: `linkage of ${n} rows`,
    wouldFit: () => {
      const most = mostFitting(n, (rows) => fitsAt(rows, method));
      const others = METHODS.filter((other) => other !== method && fitsAt(n, other));
      return join(
        others.length > 0 ? `method ${others.join(' or ')} would fit; ` : '',
        most > 1 ? `${most} rows would fit` : 'not even two rows would fit',
        ordering ? ', more without optimalOrdering; ' : '; ',
        advice('twoPass', 'twoPass'),
        ' clusters a sample and assigns the rest',
      );
    },
  };
}
