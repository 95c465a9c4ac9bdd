/** What may be missing is not touched before it is used: every entry point loads without it. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import * as esbuild from 'esbuild';
import { describe, expect, test } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const build = path.join(root, 'build');

/** Not in every old browser, in every worker at the edge, or in jsdom. */
const MISSING = `
  TextDecoder TextEncoder TextDecoderStream TextEncoderStream WeakRef FinalizationRegistry
  structuredClone Worker MessageChannel MessagePort BroadcastChannel SharedArrayBuffer Atomics Blob
  File ReadableStream WritableStream TransformStream DecompressionStream CompressionStream fetch
  Request Response Headers FormData URL URLSearchParams AbortController AbortSignal DOMException Event
  EventTarget performance crypto navigator process Buffer atob btoa setImmediate clearImmediate
  queueMicrotask WebAssembly BigInt64Array BigUint64Array global
`.match(/\w+/g) as string[];

/** As a bundler for workerd does it; the kernels are no module here. */
async function edgeBundle(file: string, folder: string): Promise<string> {
  const outfile = path.join(folder, path.basename(file).replace(/js$/, 'mjs'));
  await esbuild.build({
    entryPoints: [file],
    bundle: true,
    outfile,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['workerd'],
    loader: { '.wasm': 'empty' },
    external: ['node:*', 'h5wasm'],
    logLevel: 'error',
  });
  return outfile;
}

async function load(file: string, missing: string[]): Promise<string> {
  const script = `
    const { stdout } = process;
    for (const name of ${JSON.stringify(missing)}) {
      if (!delete globalThis[name]) throw new Error(name + ' stays');
    }
    const names = Object.keys(await import(${JSON.stringify(pathToFileURL(file).href)}));
    stdout.write(String(names.length));
  `;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script]);
  return stdout;
}

const entries = readdirSync(build).filter((name) =>
  /^(edge|index|((edge-)?(sources|sinks|plot|sequences)))\.js$/.test(name),
);

test('there are such entry points', () => expect(entries).toHaveLength(10));

describe.each(entries)('%s', (entry) => {
  test(`evaluates without ${MISSING.length} globals`, async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'coppice-globals-'));
    try {
      const given = path.join(build, entry);
      const file = entry.startsWith('edge') ? await edgeBundle(given, folder) : given;
      expect(Number(await load(file, MISSING))).toBeGreaterThan(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

test('calls give the same without TextDecoder, WeakRef and structuredClone', async () => {
  const script = (missing: string[]) => `
    const { stdout } = process;
    for (const name of ${JSON.stringify(missing)}) delete globalThis[name];
    const { linkage, twoPass } = await import(${JSON.stringify(pathToFileURL(path.join(build, 'index.js')).href)});
    const data = Float64Array.from({ length: 1200 }, (_, i) => (i * 2654435761 >>> 9) % 997);
    const X = { data, rows: 300, cols: 4 };
    const fit = await twoPass(X, { clusters: 5, sample: 100 });
    stdout.write(JSON.stringify([await linkage(X, { method: 'ward' }), await fit.labels()]));
  `;
  const of = async (missing: string[]) =>
    (await run(process.execPath, ['--input-type=module', '-e', script(missing)])).stdout;
  const whole = await of([]);
  expect(whole.length).toBeGreaterThan(1000);
  const names = [
    'TextDecoder',
    'TextEncoder',
    'WeakRef',
    'FinalizationRegistry',
    'structuredClone',
    'Worker',
  ];
  expect(await of(names)).toBe(whole);
});

test('the test would notice', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'coppice-globals-'));
  try {
    const file = path.join(folder, 'bad.mjs');
    writeFileSync(file, 'export const decoder = new TextDecoder();');
    await expect(load(file, MISSING)).rejects.toThrow('TextDecoder is not defined');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
