/** What the tests of the page share: the page itself, built and served, and a browser to open it in. */
import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, expect } from 'vitest';
import { buildApp, serveApp } from '../../.config/app.mjs';
import { CHROMIUM_FLAGS } from '../platform/browsers.ts';
import { clouds } from '../platform/suite/inputs.mjs';
import { npyHeader } from '../sources/help.ts';

export { GET } from '../platform/help.ts';

export interface Site {
  /** Isolated, as `npm run app` serves it. */
  url: string;
  /** As a host serves it that cannot set headers. */
  plainUrl: string;
  close(): Promise<void>;
}

/** Build the page into a folder of its own and serve it in both ways. */
export async function site(): Promise<Site> {
  const dir = mkdtempSync(join(tmpdir(), 'coppice-app-'));
  await buildApp(dir);
  const isolated = await serveApp({ dir });
  const plain = await serveApp({ dir, isolated: false });
  return {
    url: isolated.url,
    plainUrl: plain.url,
    async close() {
      await isolated.close();
      await plain.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export function launch(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: CHROMIUM_FLAGS });
}

/** Opens pages of a browser; whatever a page complains of is a failure. */
export function opener(browser: () => Browser) {
  const complaints: string[] = [];
  afterAll(() => expect(complaints).toEqual([]));
  return async (url: string, options: BrowserContextOptions = {}): Promise<Page> => {
    const context = await browser().newContext({ acceptDownloads: true, ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto(url);
    await page.waitForSelector('h1');
    return page;
  };
}

export async function choose(page: Page, file: string): Promise<void> {
  await page.setInputFiles('input[type=file]', file);
  await page.waitForSelector('[data-action=cluster]:not([disabled])');
}

export async function cluster(page: Page): Promise<void> {
  await page.click('[data-action=cluster]');
  await page.waitForSelector('.tree-card', { timeout: 120_000 });
}

/** The bytes of what a button saves. */
export async function saved(page: Page, kind: string): Promise<Buffer> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.click(`[data-save="${kind}"]:not([disabled])`),
  ]);
  return readFileSync(await download.path());
}

/** The arguments of the command that the page says does the same. */
export async function commandOf(page: Page): Promise<string[]> {
  const text = (await page.textContent('[data-snippet=cli]')) ?? '';
  return text.replaceAll('\\\n', ' ').split(/\s+/).filter(Boolean).slice(2);
}

/**
 * An NPY file of `rows` x 64 float32 that takes little room on the disk: zeros that are not there, and in between pieces
 * of real rows.
 */
export function sparseNpy(path: string, rows: number, pieces: number): void {
  const cols = 64;
  const { data } = clouds('f4', 4096, cols, 3);
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const file = openSync(path, 'w');
  const header = npyHeader(`{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${cols}), }`);
  writeSync(file, header);
  ftruncateSync(file, header.length + rows * cols * 4);
  for (let i = 0; i < pieces; i++) {
    const row = Math.floor((i * (rows - 4096)) / Math.max(1, pieces - 1));
    writeSync(file, bytes, 0, bytes.length, header.length + row * cols * 4);
  }
  closeSync(file);
}
