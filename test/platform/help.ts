/** What the platform tests share: where runtimes are, the reference result, and how results are compared. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { serveFiles } from './files.ts';
import type { SuiteResult } from './suite/suite.mjs';

export type { SuiteResult } from './suite/suite.mjs';

export const root = fileURLToPath(new URL('../..', import.meta.url));
const cache = path.join(root, '.cache');
const main = 'test/platform/suite/main.mjs';
const run = promisify(execFile);

/** For the names of skipped tests: how to install what is missing. */
export const GET = 'run .ci/platforms to get it';

/** A path inside the packages that .ci/platforms installs, or undefined where it is missing. */
export function installed(inside: string): string | undefined {
  const file = path.join(cache, 'runtimes', 'node_modules', inside);
  return existsSync(file) ? file : undefined;
}

/** The first of the files that exists. */
export function firstOf(...files: string[]): string | undefined {
  return files.find((file) => existsSync(file));
}

/** Run the suite in a server runtime. */
export async function runSuiteIn(
  binary: string,
  args: string[] = [],
  more: string[] = [],
): Promise<SuiteResult> {
  const { NODE_OPTIONS, VITEST, ...env } = process.env;
  const { stdout } = await run(binary, [...args, main, ...more], {
    cwd: root,
    env: { ...env, NO_COLOR: '1' },
    timeout: 120_000,
    maxBuffer: 2 ** 24,
  });
  return JSON.parse(stdout) as SuiteResult;
}

/** The suite's result in the Node that runs the tests; made once for each build. */
export async function reference(): Promise<Record<string, string>> {
  const hash = createHash('sha256').update(process.version);
  const build = path.join(root, 'build');
  for (const file of readdirSync(build).sort()) {
    if (file.endsWith('.js')) hash.update(file).update(readFileSync(path.join(build, file)));
  }
  for (const name of ['suite.mjs', 'inputs.mjs']) {
    hash.update(readFileSync(path.join(root, 'test/platform/suite', name)));
  }
  const kept = path.join(cache, `reference-${hash.digest('hex').slice(0, 16)}.json`);
  if (!existsSync(kept)) {
    const { digests } = await runSuiteIn(process.execPath);
    mkdirSync(cache, { recursive: true });
    // Test files run at the same time: the name appears when the file is complete.
    writeFileSync(`${kept}.${process.pid}`, JSON.stringify(digests));
    renameSync(`${kept}.${process.pid}`, kept);
  }
  return JSON.parse(readFileSync(kept, 'utf8')) as Record<string, string>;
}

/** Every case must have given the bits that it gives here. */
export async function expectSameBits(result: SuiteResult): Promise<void> {
  const wanted = await reference();
  // The reference itself must have worked, or all runtimes might fail alike.
  const failed = Object.entries(wanted).filter(([, digest]) => !/^(?:[0-9a-f]{16})+$/.test(digest));
  expect(failed).toEqual([]);
  expect(result.digests).toEqual(wanted);
}

/** The part of the reference that `runSuite(only)` gives. */
export async function referenceOf(only: string): Promise<Record<string, string>> {
  return Object.fromEntries(Object.entries(await reference()).filter(([name]) => name.includes(only)));
}

/** What the suite of URLs gave in the Node that runs the tests, against its own server. */
let urls: Promise<Record<string, string>> | undefined;

/** Every case of the suite of URLs must have given what it gives here. */
export async function expectSameUrls(result: SuiteResult): Promise<void> {
  urls ??= (async () => {
    const server = await serveFiles();
    try {
      return (await runSuiteIn(process.execPath, [], ['--urls', server.base])).digests;
    } finally {
      await server.close();
    }
  })();
  const wanted = await urls;
  const failed = Object.entries(wanted).filter(([, digest]) => !/^(?:[0-9a-f]{16})+$/.test(digest));
  expect(failed).toEqual([]);
  expect(result.digests).toEqual(wanted);
  expect(result.warnings.filter((text) => !/one thread/.test(text))).toEqual([]);
}
