/** How long work goes on without a look at the signal, by a clock that runs as fast as the work says: no load disturbs it. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BEGIN, END, type Engine, type Kernel, type TileCall } from '../../src/runtime/engine.ts';
import { withEngine } from '../../src/runtime/lease.ts';
import { drive, inSteps } from '../../src/support/scheduling.ts';

// It never goes back, since the turn of the event loop is remembered.
let clock = 1e7;
let begun = clock;
beforeEach(() => {
  clock += 1000;
  begun = clock;
  vi.spyOn(performance, 'now').mockImplementation(() => clock);
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('inSteps', () => {
  it.each([1e-4, 0.01, 2])('%d ms an item: all of them, and no step is long', async (cost) => {
    let at = 0;
    let longest = 0;
    await inSteps(20_000, 2 ** 17, undefined, (begin, end) => {
      expect(begin).toBe(at);
      at = end;
      clock += (end - begin) * cost;
      // The first step is a 64th of what may be done at once, whatever it costs.
      if (begin > 0) longest = Math.max(longest, (end - begin) * cost);
    });
    expect(at).toBe(20_000);
    expect(longest).toBeLessThanOrEqual(Math.max(20, 1024 * cost));
  });

  it('steps grow no further than they may', async () => {
    const sizes: number[] = [];
    await inSteps(1000, 100, undefined, (begin, end) => sizes.push(end - begin));
    expect(sizes.slice(0, 8)).toEqual([1, 2, 4, 8, 16, 32, 64, 100]);
    expect(Math.max(...sizes)).toBe(100);
  });

  it('a signal is heard after at most 20 ms and a step', async () => {
    const controller = new AbortController();
    let after = 0;
    const work = inSteps(1e6, 1000, controller.signal, (begin, end) => {
      clock += (end - begin) * 0.01;
      if (controller.signal.aborted) after += (end - begin) * 0.01;
      if (clock > begun + 100) controller.abort(new Error('enough'));
    });
    await expect(work).rejects.toThrow('enough');
    expect(after).toBeLessThan(30);
  });
});

describe('drive', () => {
  it('a signal is heard after at most 20 ms and a step', async () => {
    const controller = new AbortController();
    let after = 0;
    function* steps() {
      for (;;) {
        clock += 3;
        if (controller.signal.aborted) after += 3;
        if (clock > begun + 100) controller.abort(new Error('enough'));
        yield;
      }
    }
    await expect(drive(steps(), controller.signal)).rejects.toThrow('enough');
    expect(after).toBeLessThan(30);
  });
});

describe('tiles', () => {
  const request = { linearBytes: 1024, limit: 1e8, what: 'nothing', wouldFit: 'less' };
  const withKernel = (work: (engine: Engine) => Promise<void>) => withEngine(request, {}, work);
  /** A kernel whose rows take this many milliseconds each, and its longest call. */
  function pretend(engine: Engine, cost: (row: number) => number): { longest: () => number } {
    let longest = 0;
    (engine.kernels as unknown as Record<string, Kernel>).pretended = (begin, end) => {
      let ms = 0;
      for (let row = begin; row < end; row++) ms += cost(row);
      clock += ms;
      longest = Math.max(longest, ms);
      return 0;
    };
    return { longest: () => longest };
  }
  const callOf = (cols?: number) =>
    ({ kernel: 'pretended', args: [BEGIN, END], cols }) as unknown as TileCall;

  it('what rows of a few columns cost says nothing of rows of many', () =>
    withKernel(async (engine) => {
      pretend(engine, () => 0.001);
      await engine.tiles(callOf(16), 0, 200_000);
      const wide = pretend(engine, () => 0.2);
      await engine.tiles(callOf(3000), 0, 3000);
      expect(wide.longest()).toBeLessThanOrEqual(20);
      // And with as many columns as before it does: the first tile is a full one.
      const again = pretend(engine, () => 0.001);
      let first = 0;
      await engine.tiles(callOf(16), 0, 200_000, {
        onDone: (end) => {
          first ||= end;
        },
      });
      expect(again.longest()).toBeGreaterThan(5);
      expect(first).toBeGreaterThan(5000);
    }));

  it('uneven rows: what costs twenty times as much is met with short tiles', () =>
    withKernel(async (engine) => {
      const even = pretend(engine, (row) => (row < 50_000 ? 0.001 : 0.02));
      await engine.tiles(callOf(), 0, 60_000, { grain: 1 });
      expect(even.longest()).toBeGreaterThan(100);
      engine.rates.clear();
      const uneven = pretend(engine, (row) => (row < 50_000 ? 0.001 : 0.02));
      await engine.tiles(callOf(), 0, 60_000, { grain: 1, uneven: true });
      expect(uneven.longest()).toBeLessThanOrEqual(50);
    }));

  it('a signal is heard after a tile', () =>
    withKernel(async (engine) => {
      const controller = new AbortController();
      let after = 0;
      (engine.kernels as unknown as Record<string, Kernel>).pretended = (begin, end) => {
        clock += (end - begin) * 0.01;
        if (controller.signal.aborted) after += (end - begin) * 0.01;
        if (clock > begun + 100) controller.abort(new Error('enough'));
        return 0;
      };
      const work = engine.tiles(callOf(), 0, 1e6, { signal: controller.signal });
      await expect(work).rejects.toThrow('enough');
      expect(after).toBeLessThan(35);
    }));
});
