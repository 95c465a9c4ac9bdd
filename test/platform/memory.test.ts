import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { FORMATS } from '../../bench/formats/formats.mjs';
import { firstOf, GET, root } from './help.ts';

const time = firstOf('/usr/bin/time');
const run = promisify(execFile);

/**
 * What Node takes beside what the limit counts, over a run of the same program that does next to nothing: compiled
 * code, the workers' heaps, and garbage that is yet to be collected.
 */
const ALLOWANCE = 64e6;
const MB = 1e6;

interface Peak {
  residentBytes: number;
  linearBytes: number;
}

async function peakOf(call: string, limit: number, ...more: string[]): Promise<Peak> {
  const args = ['-v', process.execPath, 'test/platform/suite/peak.mjs', call, String(limit), ...more];
  const { stdout, stderr } = await run(time as string, args, { cwd: root, timeout: 100_000 });
  const resident = /Maximum resident set size \(kbytes\): (\d+)/.exec(stderr);
  const { linearBytes } = JSON.parse(stdout) as { linearBytes: number };
  return { residentBytes: 1024 * Number(resident?.[1]), linearBytes };
}

describe.skipIf(time === undefined)(`the peak of memory under time -v (${GET})`, () => {
  // The limits are a little above the least with which the call is done at all.
  test.each([
    ['pdist', 320 * MB],
    ['rmsd', 240 * MB],
    ['linkage with the square', 260 * MB],
    ['linkage without it', 180 * MB],
    ['two passes', 150 * MB],
    ['two passes', 400 * MB],
  ])('%s within %d bytes', { timeout: 120_000 }, async (call, limit) => {
    const [idle, busy] = [await peakOf(call, limit, 'baseline'), await peakOf(call, limit)];
    const taken = busy.residentBytes - idle.residentBytes;
    console.log(
      `${call}: ${(taken / MB).toFixed(0)} MB of ${limit / MB} MB, linear ${(busy.linearBytes / MB).toFixed(0)} MB`,
    );
    expect(busy.linearBytes).toBeGreaterThan(0);
    expect(busy.linearBytes).toBeLessThanOrEqual(limit);
    expect(taken).toBeLessThanOrEqual(limit + ALLOWANCE);
  });

  // Over the loaded runtime at most 16 MB beyond the limit: V8 keeps what was freed until it is asked for.
  test.each([
    ['a line of 200 MB (csv)', 64 * MB],
    ['a line of 200 MB (jsonl)', 64 * MB],
    ['wide lines (csv)', 64 * MB],
  ])('text: %s within %d bytes', { timeout: 120_000 }, async (call, limit) => {
    const [idle, busy] = [await peakOf(call, limit, 'baseline'), await peakOf(call, limit)];
    const taken = busy.residentBytes - idle.residentBytes;
    console.log(`${call}: ${(taken / MB).toFixed(0)} MB of ${limit / MB} MB`);
    expect(taken).toBeLessThanOrEqual(limit + 16 * MB);
  });

  // The same for files whose readers make much that is used once: decompressed pieces, names of rows, texts of cells.
  test.each([
    ['npz', 200_000],
    ['sparse npz', 200_000],
    ['npy.gz', 200_000],
    ['xlsx', 40_000],
    ['h5ad', 200_000],
    ['sparse h5ad', 200_000],
  ])('a file: %s with %d rows within 64 MB', { timeout: 120_000 }, async (name, rows) => {
    const { extension, write } = FORMATS[name];
    const folder = await mkdtemp(path.join(tmpdir(), 'coppice-peak-'));
    try {
      const [large, small] = ['large', 'small'].map((size) => path.join(folder, `${size}.${extension}`));
      await write(large, rows);
      await write(small, 100);
      const idle = await peakOf('file', 64 * MB, 'baseline', small);
      const busy = await peakOf('file', 64 * MB, '', large);
      const taken = busy.residentBytes - idle.residentBytes;
      console.log(`${name}: ${(taken / MB).toFixed(0)} MB of 64 MB`);
      expect(taken).toBeLessThanOrEqual((64 + 16) * MB);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
