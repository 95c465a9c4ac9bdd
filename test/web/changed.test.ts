/** A file that is written to while the page works on it, and what readers have to say of a file, in Chromium. */
import { utimesSync, writeFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { twoGroups, workplace } from '../cli/help.ts';
import { firstOf } from '../platform/help.ts';
import { npy } from '../sources/help.ts';
import { choose, cluster, GET, launch, opener, type Site, site } from './help.ts';

const binary = firstOf('/usr/bin/chromium');
/** With its old time, a browser does not notice. */
const THEN = new Date(2020, 1, 1);

describe.skipIf(binary === undefined)(`a file that is written to, in the page (${GET})`, () => {
  let pages: Site;
  let browser: Browser;
  const place = workplace();
  const open = opener(() => browser);
  beforeAll(async () => {
    pages = await site();
    browser = await launch(binary as string);
  });
  afterAll(async () => {
    await browser?.close();
    await pages?.close();
  });

  const rows = (factor: number) =>
    npy(
      '<f4',
      [3000, 5],
      twoGroups(3000, 5).map((value) => value * factor),
    );
  const write = (path: string, bytes: Uint8Array, time = THEN) => {
    writeFileSync(path, bytes);
    utimesSync(path, time, time);
  };
  const problem = async (page: Page): Promise<string> => (await page.textContent('.problem-text')) ?? '';
  /** A page with a tree over the file. */
  const grown = async (name: string): Promise<{ page: Page; path: string }> => {
    const path = place.path(name);
    write(path, rows(1));
    const page = await open(pages.url);
    await choose(page, path);
    await cluster(page);
    await page.waitForSelector('[data-leaders=picked]');
    return { page, path };
  };

  test('between the tree and the labels: refused, whether the browser notices or not', {
    timeout: 120_000,
  }, async () => {
    const { page, path } = await grown('between.npy');
    write(path, rows(-3));
    await page.click('[data-action=label]');
    await page.waitForSelector('.problem-text');
    expect(await problem(page)).toMatch(
      /^between\.npy: was changed after it was opened: it has other bytes .* so choose it again when nothing/,
    );
    expect(await page.locator('text=rows labelled').count()).toBe(0);
    // It is what it was, so labels can be had.
    write(path, rows(1));
    await page.click('[data-action=label]');
    await page.waitForSelector('text=3,000 rows labelled');

    await page.focus('[role=slider]');
    await page.keyboard.press('+');
    await page.keyboard.press('+');
    await page.waitForSelector('[data-leaders=picked]');
    write(path, rows(-3), new Date());
    await page.click('[data-action=label]');
    await page.waitForSelector('.problem-text');
    expect(await problem(page)).toMatch(
      /^between\.npy, byte 0: was changed or removed on disk after it was chosen; choose it again/,
    );
    expect(await page.locator('text=rows labelled').count()).toBe(0);
    await page.close();
  });

  test('before the tree', { timeout: 120_000 }, async () => {
    const path = place.path('before.npy');
    write(path, rows(1));
    const page = await open(pages.url);
    await choose(page, path);
    write(path, rows(-3));
    await page.click('[data-action=cluster]');
    await page.waitForSelector('.problem-text');
    expect(await problem(page)).toContain('so choose it again when nothing writes to it');
    // Chosen again it is as good as any.
    await choose(page, path);
    await cluster(page);
    await page.close();
  });

  const give = async (page: Page, name: string, text: string): Promise<string[]> => {
    await page.setInputFiles('input[type=file]', { name, mimeType: 'text/plain', buffer: Buffer.from(text) });
    await page.waitForSelector(`.file-name:has-text("${name}")`);
    await page.waitForSelector('[data-action=cluster]:not([disabled])');
    return page.locator('[data-note=reader]').allTextContents();
  };

  test('what a reader leaves out or assumes is said once, as text, and is gone with the file', {
    timeout: 120_000,
  }, async () => {
    const page = await open(pages.url);
    const table = Array.from({ length: 50 }, (_, i) => `${i},${i % 2},${(i * 7) % 5}`).join('\n');
    expect(await give(page, 'index.csv', `id,a,b\n${table}\n`)).toEqual([
      'index.csv: column 0 ("id") numbers the rows and is left out; to keep it, name it among the columns',
    ]);
    await cluster(page);
    await page.waitForSelector('[data-leaders=picked]');
    await page.click('[data-action=label]');
    await page.waitForSelector('text=50 rows labelled');
    expect(await page.locator('[data-note=reader]').count()).toBe(1);

    const key = '<img src=x onerror=globalThis.hit=1>';
    const lines = Array.from({ length: 20 }, (_, i) =>
      JSON.stringify({ [key]: i, embedding: [i % 2, i % 3] }),
    );
    expect(await give(page, 'lines.jsonl', `${lines.join('\n')}\n`)).toEqual([
      `lines.jsonl: "embedding" holds the numbers of a row; "${key}" is left out; to read it, name it among the columns`,
    ]);
    expect(await page.locator('main img').count()).toBe(0);

    expect(await give(page, 'plain.csv', `a,b\n${table.replaceAll(/^\d+,/gm, '')}\n`)).toEqual([]);
    await page.close();
  });

  test('sequences that are left out', { timeout: 120_000 }, async () => {
    const page = await open(pages.url);
    const text = 'junction_aa\nCASSLGF\nCASSPGF\n*\nCASSQGF\n';
    await page.setInputFiles('input[type=file]', {
      name: 'some.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(text),
    });
    await page.waitForSelector('.problem-text');
    await page.getByLabel('Skip rows').check();
    await page.waitForSelector('[data-note=reader]');
    expect(await page.locator('[data-note=reader]').allTextContents()).toEqual([
      expect.stringMatching(/^some\.csv: 1 row skipped, because they are not valid sequences; the first: /),
    ]);
    await page.close();
  });
});
