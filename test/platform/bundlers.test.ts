import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as esbuild from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromium } from './browsers.ts';
import { expectSameBits, GET, root, type SuiteResult } from './help.ts';
import { ISOLATED } from './pages.ts';
import { setStage } from './stage.ts';

declare const runSuite: () => Promise<SuiteResult>;

const PAGE = `
  import * as api from 'coppice';
  import * as sources from 'coppice/sources';
  import * as sequences from 'coppice/sequences';
  import { runSuite } from './suite.mjs';
  globalThis.runSuite = () => runSuite(api, sources, sequences);
  globalThis.ready = true;
`;

/** A page bundled to a few files, with the default settings of a bundler as far as they go. */
type Bundler = (project: string) => Promise<{ entry: string; files: Record<string, Uint8Array> }>;

const bundlers: Record<string, Bundler> = {
  async esbuild(project) {
    const { outputFiles } = await esbuild.build({
      entryPoints: [path.join(project, 'page.js')],
      bundle: true,
      logLevel: 'error',
      minify: true,
      splitting: true,
      write: false,
      format: 'esm',
      outdir: path.join(project, 'out'),
      // h5wasm's own build for Node stands beside the one for pages.
      external: ['node:*', 'fs', 'path', 'url', 'module', 'crypto'],
    });
    const files = Object.fromEntries(outputFiles.map((f) => [path.basename(f.path), f.contents]));
    return { entry: 'page.js', files };
  },
  async vite(project) {
    writeFileSync(path.join(project, 'index.html'), '<script type="module" src="/page.js"></script>');
    const { build } = await import('vite');
    await build({ root: project, configFile: false, logLevel: 'error', build: { outDir: 'out' } });
    const assets = path.join(project, 'out/assets');
    const files = Object.fromEntries(
      readdirSync(assets).map((name) => [name, new Uint8Array(readFileSync(path.join(assets, name)))]),
    );
    return { entry: Object.keys(files).find((name) => /^index-.*\.js$/.test(name)) as string, files };
  },
};

describe.skipIf(chromium === undefined)(`bundled pages in Chromium (${GET})`, () => {
  const stage = setStage('chrome');
  let project: string;
  beforeAll(async () => {
    project = mkdtempSync(path.join(tmpdir(), 'coppice-bundle-'));
    writeFileSync(path.join(project, 'package.json'), '{"type":"module","private":true}');
    writeFileSync(path.join(project, 'page.js'), PAGE);
    for (const name of ['suite.mjs', 'inputs.mjs']) {
      writeFileSync(path.join(project, name), readFileSync(path.join(root, 'test/platform/suite', name)));
    }
    // Found as a linked package is; its dependencies stand beside it.
    mkdirSync(path.join(project, 'node_modules'));
    symlinkSync(root, path.join(project, 'node_modules/coppice'));
  });
  afterAll(async () => {
    rmSync(project, { recursive: true, force: true });
  });

  test.each(Object.keys(bundlers))('%s: the same bits', { timeout: 180_000 }, async (name) => {
    const { entry, files } = await bundlers[name](project);
    for (const [file, body] of Object.entries(files)) stage.pages.file(`assets/${file}`, body);
    const html = `<!doctype html><script type="module" src="/assets/${entry}"></script>`;
    const page = await stage.browser.newPage();
    await page.goto(stage.pages.page(name, html, ISOLATED));
    await page.waitForFunction('globalThis.ready === true', { timeout: 20_000 });
    const result = await page.evaluate(() => runSuite());
    await expectSameBits(result);
    expect(result.warnings).toEqual([]);
    await page.close();
  });
});
