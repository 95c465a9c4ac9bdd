/**
 * What every long call tells of how far it is: phases one after another, each rising to a total that stays the same and is
 * reached. A call that is new has to say here whether it is long.
 */
import { afterAll, describe, expect, it } from 'vitest';
import * as api from '../../src/index.ts';
import * as plot from '../../src/plot/index.ts';
import * as sequenceApi from '../../src/sequences/index.ts';
import * as sinks from '../../src/sinks/index.ts';
import * as sources from '../../src/sources/index.ts';
import type { Progress } from '../../src/types.ts';
import { CALLS, SHORT } from './calls.ts';

afterAll(() => api.close());

it('every function of the package is here', () => {
  const all = [api, sources, sinks, plot, sequenceApi].flatMap((module) =>
    Object.entries(module)
      .filter(([, value]) => typeof value === 'function')
      .map(([name]) => name),
  );
  const known = new Set([...SHORT, ...Object.keys(CALLS).flatMap((name) => name.split(' '))]);
  expect(all.filter((name) => !known.has(name))).toEqual([]);
});

describe.each([1, 2])('with %d threads', (threads) => {
  it.each(Object.entries(CALLS))('%s', async (_, [call, phases]) => {
    const told: Progress[] = [];
    await call({ threads, onProgress: (progress) => told.push({ ...progress }), onWarning: () => {} });
    const runs: Progress[][] = [];
    for (const progress of told) {
      if (runs.at(-1)?.[0].phase === progress.phase) runs.at(-1)!.push(progress);
      else runs.push([progress]);
    }
    expect(runs.map(([{ phase }]) => phase)).toEqual(phases);
    for (const run of runs) {
      const { phase } = run[0];
      const done = run.map((progress) => progress.done);
      expect([phase, done]).toEqual([phase, [...done].sort((a, b) => a - b)]);
      expect(done.every((count) => Number.isFinite(count) && count >= 0)).toBe(true);
      // A total that is unknown at first is known at the end.
      const totals = new Set(run.map(({ total }) => total).filter((total) => total !== undefined));
      expect([phase, ...totals]).toEqual([phase, done.at(-1)]);
    }
  });
});
