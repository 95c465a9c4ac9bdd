/** What an import of the package does: nothing but give names. */

import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import * as esbuild from 'esbuild';
import { describe, expect, test } from 'vitest';
// @ts-expect-error A script without types.
import { licences as licencesOf } from '../../.config/notices.mjs';
// @ts-expect-error A script without types.
import { CORE_GZIP_BYTES, CORE_IMPORT, weigh } from '../../.config/weigh.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const licences = licencesOf as (names: string[]) => string;
const run = promisify(execFile);
const build = path.join(root, 'build');
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  exports: Record<string, { workerd?: string; default: string }>;
  dependencies: Record<string, string>;
};
// The file that workers run is there to run.
const entries = Object.entries(manifest.exports).filter(
  ([name]) => !['./package.json', './worker'].includes(name),
);

/** Whatever of the world an import could change. */
const LOOK = `
const look = () => {
  const of = (object) => Reflect.ownKeys(object).map(String);
  const count = (emitter) => Object.fromEntries(emitter.eventNames().map((name) => [String(name), emitter.listenerCount(name)]));
  const { Array: A, Object: O, Promise: P, Uint8Array: U, Float64Array: F, String: S, Map: M, Error: E } = globalThis;
  return JSON.stringify({
    globals: of(globalThis),
    prototypes: [A, O, P, U, F, S, M, E, Object.getPrototypeOf(U)].map((one) => [of(one), of(one.prototype)]),
    listeners: count(process),
    environment: of(process.env),
    streams: [process.stdout, process.stderr].map(count),
    handles: process.getActiveResourcesInfo(),
    exitCode: process.exitCode,
  });
};
process.stdout; process.stderr;
await import('data:text/javascript,export default 1');
`;

test('two passes and linkage together load at most 60 kB at first', async () => {
  const external = Object.keys(manifest.dependencies).flatMap((name) => [name, `${name}/*`]);
  const { gzip } = (await weigh(CORE_IMPORT, root, ['node:*', 'stream', ...external])) as { gzip: number };
  expect(CORE_GZIP_BYTES).toBe(60_000);
  expect(gzip).toBeLessThanOrEqual(CORE_GZIP_BYTES);
  // If this fails, the wrong thing was weighed.
  expect(gzip).toBeGreaterThan(30_000);
});

test.each(entries.map(([name, { default: file }]) => [name, path.join(root, file)]))(
  '%s: classes are called as they are exported',
  async (_, file) => {
    const names = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
    for (const [name, value] of Object.entries(names)) {
      if (typeof value === 'function' && /^[A-Z]/.test(name)) expect(value.name).toBe(name);
    }
  },
);

test.each(entries.map(([name, { default: file }]) => [name, path.join(root, file)]))(
  '%s: an import changes nothing, and lets go',
  async (_, file) => {
    const script = `${LOOK}
      const before = look();
      await import(${JSON.stringify(pathToFileURL(file).href)});
      // The loader closes its own files.
      await new Promise((resolve) => setTimeout(resolve, 50));
      console.log(JSON.stringify([before, look()]));`;
    // That it ends at all says that nothing is left open.
    const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', script]);
    const [before, after] = (JSON.parse(stdout) as string[]).map((text) => JSON.parse(text));
    expect(after).toEqual(before);
    expect(stderr).toBe('');
  },
);

test.each(entries.flatMap(([, { workerd, default: file }]) => [file, workerd as string]))(
  '%s: no dependency is loaded, nor a module of a platform',
  async (file) => {
    const { metafile } = await esbuild.build({
      entryPoints: [path.join(root, file)],
      bundle: true,
      splitting: true,
      write: false,
      metafile: true,
      outdir: 'unused',
      format: 'esm',
      platform: 'neutral',
      logLevel: 'error',
      external: [
        '*.wasm',
        'node:*',
        ...Object.keys(manifest.dependencies).flatMap((name) => [name, `${name}/*`]),
      ],
    });
    const outputs = Object.values(metafile.outputs);
    const outside = outputs.flatMap(({ imports }) => imports.filter(({ external }) => external));
    const loaded = outside.filter(({ kind }) => kind !== 'dynamic-import').map((one) => one.path);
    expect(loaded.filter((one) => !one.endsWith('.wasm'))).toEqual([]);
  },
);

test('bundlers may drop what is not used, but not the worker, which is there to run', async () => {
  const sizeOf = async (contents: string) => {
    const { outputFiles } = await esbuild.build({
      stdin: { contents, resolveDir: root },
      bundle: true,
      write: false,
      format: 'esm',
      logLevel: 'error',
    });
    return outputFiles[0].text.trim().length;
  };
  expect(
    await sizeOf(
      `import 'coppice'; import 'coppice/sources'; import 'coppice/plot'; import 'coppice/sequences';`,
    ),
  ).toBe(0);
  expect(await sizeOf(`import 'coppice/worker';`)).toBeGreaterThan(1000);
});

test('LICENSE holds the licences of all that is bundled (node .config/notices.mjs writes them)', () => {
  const bundled = JSON.parse(readFileSync(path.join(build, 'kernels/bundled.json'), 'utf8')) as string[];
  expect(bundled).toContain('hyparquet');
  expect(bundled).toContain('@assemblyscript/loader');
  expect(readFileSync(path.join(root, 'LICENSE'), 'utf8')).toBe(licences(bundled));
  for (const name of bundled) expect(Object.keys(manifest.dependencies)).not.toContain(name);
});

describe('the scripts in build/', () => {
  const scripts = readdirSync(build).filter((file) => file.endsWith('.js'));

  test.each(scripts)('%s: no top-level await, no source map', async (file) => {
    const code = readFileSync(path.join(build, file), 'utf8');
    expect(code).not.toContain('sourceMappingURL');
    if (file === 'cli.js') return; // it is no module to import
    await esbuild.transform(code, { format: 'esm', supported: { 'top-level-await': false } });
  });

  test('types name scripts, as compilers look for what stands beside one', () => {
    const types = path.join(build, 'types');
    for (const file of readdirSync(types, { recursive: true }) as string[]) {
      if (!file.endsWith('.d.ts')) continue;
      const text = readFileSync(path.join(types, file), 'utf8');
      expect(text.match(/(from|import\(?) ?['"]\.[^'"]*\.ts['"]/g), file).toBe(null);
    }
  });
});
