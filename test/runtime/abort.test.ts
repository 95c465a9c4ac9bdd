/**
 * Every long call stops when it is told to, wherever it is, gives its memory back, and does its work when it is called again. The
 * clock goes on by 30 ms whenever it is looked at, so that every look at it is one that finds the event loop due: what is
 * looked at is what the code says, not what the machine's load allows.
 */
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as api from '../../src/index.ts';
import { noteTurn } from '../../src/support/scheduling.ts';
import { CALLS } from './calls.ts';

const { Memory } = WebAssembly;
let memories = 0;
let ahead = 0;
beforeEach(() => {
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      super(descriptor);
      memories++;
    }
  };
  const now = performance.now.bind(performance);
  noteTurn();
  vi.spyOn(performance, 'now').mockImplementation(() => {
    ahead += 30;
    return now() + ahead;
  });
});
afterEach(() => {
  WebAssembly.Memory = Memory;
  vi.restoreAllMocks();
  noteTurn();
});
afterAll(() => api.close());

/** Those that have all they can tell to tell at once: there is nothing to be stopped after it. */
const AT_ONCE = ['readSequences'];

describe('one thread', () => {
  it.each(Object.entries(CALLS))('%s', async (name, [call]) => {
    const run = { threads: 1, onWarning: () => {} };
    let told = 0;
    await call({ ...run, onProgress: () => told++ });
    expect(told).toBeGreaterThan(0);
    const before = memories;
    for (const at of new Set([1, Math.ceil(told / 2)])) {
      const controller = new AbortController();
      let seen = 0;
      const stopped = call({
        ...run,
        signal: controller.signal,
        onProgress: () => {
          if (++seen === at) controller.abort(new Error(`enough at ${at}`));
        },
      });
      // What it tells last comes when all is done.
      if (at < told && !AT_ONCE.includes(name)) await expect(stopped).rejects.toThrow(`enough at ${at}`);
      else await stopped.catch(() => {});
      await call(run);
    }
    // A lease that was lost would have cost a memory each time.
    expect(memories - before).toBe(0);
  });
});
