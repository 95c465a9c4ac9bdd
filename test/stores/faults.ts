/** A store that fails on purpose, at any operation and in any of the ways in which a store can. */
import { StoreError } from '../../src/errors.ts';
import type { Store } from '../../src/stores/store.ts';

export type Fault = 'before' | 'halfway' | 'after';

/**
 * Let the `nth` operation that changes something (from 0) fail: before anything was done, with half of an append
 * done, or with all of it done.
 * @param lasting whether everything after it fails too, until `heal`
 */
export function faulty(store: Store, nth: number, fault: Fault, lasting = false) {
  let count = 0;
  let broken = false;
  let failed = false;
  const error = () => new StoreError(store.name, 'no space is left on the disk');
  const guard = async (half: () => Promise<unknown>, whole: () => Promise<void>) => {
    if (broken) throw error();
    if (count++ !== nth) return whole();
    failed = true;
    broken = lasting;
    if (fault === 'halfway') await half();
    if (fault === 'after') await whole();
    throw error();
  };
  const nothing = async () => {};
  const wrapped: Store = {
    ...store,
    append: (file, bytes) =>
      guard(
        () => store.append(file, bytes.subarray(0, bytes.length >> 1)),
        () => store.append(file, bytes),
      ),
    sync: (file) => guard(nothing, () => store.sync(file)),
    truncate: (file, bytes) => guard(nothing, () => store.truncate(file, bytes)),
    remove: (file) => guard(nothing, () => store.remove(file)),
  };
  return {
    store: wrapped,
    heal: () => {
      broken = false;
    },
    get failed() {
      return failed;
    },
  };
}
