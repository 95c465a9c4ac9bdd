import { afterAll, expect, test, vi } from 'vitest';
import * as api from '../../src/index.ts';
import * as sources from '../../src/sources/index.ts';
import { reference } from './help.ts';
import { casesOf } from './suite.mjs';

const shift = vi.hoisted(() => ({ bytes: 0, layouts: 0 }));

// Every plan of memory begins with a region that nobody uses, so that all others lie behind it.
vi.mock('../../src/runtime/layout.ts', async (original) => {
  const { Layout } = await original<typeof import('../../src/runtime/layout.ts')>();
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

/** Two passes keep to 1 GiB unless told otherwise. */
const roomy = {
  ...api,
  twoPass: (source: never, options: api.TwoPassOptions) =>
    api.twoPass(source, { memoryLimit: 2 ** 32, ...options }),
};

/** What it says of memory is another thing when memory is full of nothing. */
const LEFT_OUT = /MemoryLimitError/;

test.each([
  ['astride 2 GiB', 2 ** 31 - 300_000],
  ['above 2 GiB', 2.2 * 2 ** 30],
  ['just below 4 GiB', 3.6 * 2 ** 30],
])('addresses %s: every case gives the bits of low addresses', { timeout: 180_000 }, async (_, bytes) => {
  const wanted = await reference();
  shift.bytes = Math.floor(bytes);
  shift.layouts = 0;
  const got: Record<string, string> = {};
  for (const [name, run] of Object.entries(casesOf(roomy, sources))) {
    if (LEFT_OUT.test(name)) continue;
    got[name] = await run().catch((error: Error) => `failed: ${error.message}`);
  }
  expect(shift.layouts).toBeGreaterThan(100);
  expect(got).toEqual(Object.fromEntries(Object.entries(wanted).filter(([name]) => !LEFT_OUT.test(name))));
});
