/** A run of three batches, and what it ends with. */
import { BatchClustering, memoryStore } from '../../src/index.ts';
import type { Store } from '../../src/stores/store.ts';
import { blobs } from '../twopass/fixtures.ts';
import { collect } from './fixtures.ts';

export const CENTERS = [
  [0, 0],
  [9, 0],
  [0, 9],
];
export const { truth: _, ...X } = blobs(60, CENTERS, { spread: 5 });
export const part = (i: number) => ({ data: X.data.subarray(40 * i, 40 * (i + 1)), rows: 20, cols: 2 });
export const CUT = { clusters: { distance: 3 } };

/** Train and add three batches, as far as they are not there. */
export async function goOn(store: Store): Promise<BatchClustering> {
  const batches = await BatchClustering.resume(store).catch((error) => {
    if (!/holds no run|did not finish/.test(error.message)) throw error;
    return BatchClustering.train(X, { k: 4, store });
  });
  try {
    for (const i of [0, 1, 2]) {
      if (!batches.has(`batch ${i}`)) await batches.precluster(part(i), { name: `batch ${i}` });
    }
    return batches;
  } catch (error) {
    await batches.close();
    throw error;
  }
}

export async function wanted() {
  return collect(await goOn(memoryStore()), CUT);
}
