/**
 * Memory that the platform does not give: each allocation of each call fails once, as SQLite tests its own. The call is
 * refused by an error of ours, or does without; nothing hangs or stays; the next call is as ever.
 */
import { readdirSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import * as api from '../../src/index.ts';
import { queued, turns } from '../../src/runtime/memory/turns.ts';
import { trajectory } from '../sources/hdf5/files.ts';
import { scratch } from '../sources/help.ts';
import { callsOf } from './allocation-calls.ts';
import { FailingAllocations } from './failing-allocations.ts';

/** Smaller ones fail too. */
const LEAST_BYTES = 1;
/** Number of allocations that are made to fail: all of them up to 38, otherwise some, evenly spread. */
const triesOf = (count: number) => Math.min(count, Math.max(6, Math.floor(1500 / count)));
const HANGING_MS = 20_000;

const { folder, put } = scratch();
const calls = callsOf(put, trajectory(folder));
const files = readdirSync(folder);

type Outcome = { value: unknown } | { error: unknown };

async function run(call: () => unknown, allocations?: FailingAllocations): Promise<Outcome> {
  // Memory that is kept from one call to the next would not be allocated again.
  api.close();
  let timer: NodeJS.Timeout | undefined;
  const hanging = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('it hangs')), HANGING_MS);
  });
  allocations?.start();
  try {
    return { value: await Promise.race([call(), hanging]) };
  } catch (error) {
    return { error };
  } finally {
    allocations?.stop();
    clearTimeout(timer);
  }
}

/** Whether `cause` is what an error was caused by, in the end. */
function isCausedBy(error: unknown, cause: unknown): boolean {
  for (let at = error; at !== undefined; at = (at as Error).cause) if (at === cause) return true;
  return false;
}

function check(outcome: Outcome, reference: unknown, thrown: Error | undefined): string | undefined {
  if ('value' in outcome) return isDeepStrictEqual(outcome.value, reference) ? undefined : 'another result';
  const { error } = outcome;
  const text = String(error);
  if (!(error instanceof api.PlatformError || error instanceof api.MemoryLimitError)) {
    return `not by an error of ours: ${(error as Error)?.stack ?? text}`;
  }
  if (!isCausedBy(error, thrown)) return `the engine's error is lost: ${text}`;
  if (!/memory/.test(error.message)) return `memory is not named: ${text}`;
}

describe('an allocation that fails', () => {
  test.each(Object.entries(calls))('%s', async (_name, call) => {
    await run(call);
    const all = new FailingAllocations(LEAST_BYTES);
    const first = await run(call, all);
    if ('error' in first) throw first.error;
    const found: string[] = [];
    const tries = triesOf(all.count);
    for (let i = 1; i <= tries; i++) {
      const failing = Math.round((i * all.count) / tries);
      const allocations = new FailingAllocations(LEAST_BYTES, failing);
      const problems = [check(await run(call, allocations), first.value, allocations.thrown)];
      if (turns.size > 0 || queued.pledged > 0) problems.push('its memory is still counted');
      turns.clear();
      const again = await run(call);
      const after = 'value' in again && isDeepStrictEqual(again.value, first.value);
      if (!after) problems.push(`the next call gives ${'error' in again ? again.error : 'another result'}`);
      for (const problem of problems) if (problem) found.push(`${failing} of ${all.count}: ${problem}`);
    }
    expect(readdirSync(folder)).toEqual(files);
    expect(found).toEqual([]);
  });
});
