import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import * as api from '../../src/index.ts';
import * as sequences from '../../src/sequences/index.ts';
import * as sources from '../../src/sources/index.ts';
import { casesOf } from './suite/suite.mjs';

const shift = vi.hoisted(() => ({ bytes: 0, layouts: 0 }));

// Every memory layout begins with a large unused region, so that all other regions lie behind it.
vi.mock('../../src/runtime/memory/layout.ts', async (original) => {
  const { Layout } = await original<typeof import('../../src/runtime/memory/layout.ts')>();
  return {
    Layout: class extends Layout {
      constructor() {
        super();
        if (shift.bytes > 0) this.add(shift.bytes);
        shift.layouts++;
      }
    },
  };
});

afterAll(() => api.close());

type Batches = typeof api.BatchClustering;

/** Two passes and batches keep to 1 GiB unless told otherwise, and batches share that among several memories. */
const roomy = {
  ...api,
  BatchClustering: {
    train: (sample: never, options: Parameters<Batches['train']>[1]) =>
      api.BatchClustering.train(sample, { memoryLimit: 2 ** 36, ...options }),
    resume: (store: never, options: Parameters<Batches['resume']>[1]) =>
      api.BatchClustering.resume(store, { memoryLimit: 2 ** 36, ...options }),
  },
  twoPass: (source: never, options: api.TwoPassOptions) =>
    api.twoPass(source, { memoryLimit: 2 ** 32, ...options }),
};

/** What it says of memory is another thing when memory is full of nothing. */
const LEFT_OUT = /MemoryLimitError/;

async function digests(): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [name, run] of Object.entries(casesOf(roomy, sources, sequences))) {
    if (LEFT_OUT.test(name)) continue;
    found[name] = await run().catch((error: Error) => `failed: ${error.message}`);
  }
  return found;
}

let wanted: Record<string, string>;
beforeAll(async () => {
  wanted = await digests();
  expect(Object.values(wanted).filter((digest) => digest.startsWith('failed'))).toEqual([]);
});

test.each([
  ['astride 2 GiB', 2 ** 31 - 300_000],
  ['above 2 GiB', 2.2 * 2 ** 30],
  ['just below 4 GiB', 3.6 * 2 ** 30],
])('addresses %s: every case gives the bits of low addresses', { timeout: 180_000 }, async (_, bytes) => {
  shift.bytes = Math.floor(bytes);
  shift.layouts = 0;
  expect(await digests()).toEqual(wanted);
  expect(shift.layouts).toBeGreaterThan(100);
});
