import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import * as esbuild from 'esbuild';
import { describe, expect, test } from 'vitest';
import { serveFiles } from './files.ts';
import { expectSameBits, expectSameUrls, GET, installed, root, type SuiteResult } from './help.ts';

const miniflare = installed('miniflare/package.json');

interface Miniflare {
  dispatchFetch(url: string): Promise<Response>;
  dispose(): Promise<void>;
}

const WORKER = `
  import * as api from 'coppice';
  import * as sources from 'coppice/sources';
  import * as sequences from 'coppice/sequences';
  import { runSuite } from './test/platform/suite/suite.mjs';
  import { runUrls } from './test/platform/suite/urls.mjs';
  export default {
    async fetch(request) {
      const base = new URL(request.url).searchParams.get('urls');
      return Response.json(
        await (base ? runUrls(api, sources, base) : runSuite(api, sources, sequences)),
      );
    },
  };
`;

/** The worker as wrangler would bundle it: by the condition "workerd", the .wasm left to the platform. */
async function bundle(): Promise<string> {
  const { outputFiles, metafile } = await esbuild.build({
    stdin: { contents: WORKER, resolveDir: root },
    bundle: true,
    logLevel: 'error',
    write: false,
    format: 'esm',
    platform: 'neutral',
    conditions: ['workerd', 'worker', 'browser'],
    mainFields: ['browser', 'module', 'main'],
    external: ['*.wasm', 'node:*', 'h5wasm'],
    metafile: true,
  });
  const inputs = Object.keys(metafile.inputs).map((file) => path.resolve(file));
  expect(inputs).toContain(path.join(root, 'build/edge.js'));
  expect(inputs).not.toContain(path.join(root, 'build/index.js'));
  return outputFiles[0].text;
}

describe.skipIf(miniflare === undefined)(`workerd through miniflare (${GET})`, () => {
  test.each([[[]], [['nodejs_compat']]])(
    'compatibility flags %j: the same bits, and what is read from a web server',
    { timeout: 120_000 },
    async (compatibilityFlags) => {
      const { Miniflare } = createRequire(miniflare as string)('miniflare') as {
        Miniflare: new (options: object) => Miniflare;
      };
      const worker = new Miniflare({
        compatibilityDate: '2026-01-01',
        compatibilityFlags,
        modulesRoot: '/',
        modules: [
          { type: 'ESModule', path: '/worker.mjs', contents: await bundle() },
          ...['kernels', 'extra'].map((name) => ({
            ...{ type: 'CompiledWasm', path: `/${name}.wasm` },
            contents: readFileSync(path.join(root, `build/${name}.wasm`)),
          })),
        ],
      });
      try {
        const response = await worker.dispatchFetch('http://localhost/');
        const result = (await response.json()) as SuiteResult;
        await expectSameBits(result);
        expect(result.warnings).toEqual([expect.stringMatching(/^all work is done by one thread: /)]);
        const server = await serveFiles();
        try {
          const query = new URLSearchParams({ urls: server.base });
          const read = await worker.dispatchFetch(`http://localhost/?${query}`);
          await expectSameUrls((await read.json()) as SuiteResult);
        } finally {
          await server.close();
        }
      } finally {
        await worker.dispose();
      }
    },
  );
});
