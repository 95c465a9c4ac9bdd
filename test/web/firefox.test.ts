/** The main way through the page in Firefox ESR: choose a gigabyte, cluster it, cut the tree, label, compare. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { workplace } from '../cli/help.ts';
import { type Browser, firefox, launch, type Page } from '../platform/browsers.ts';
import { GET, type Site, site, sparseNpy } from './help.ts';

/** What puppeteer's pages can do besides. */
interface Driven extends Page {
  $(selector: string): Promise<{ uploadFile(...paths: string[]): Promise<void> } | null>;
  waitForSelector(selector: string, options?: { timeout?: number; hidden?: boolean }): Promise<unknown>;
}

describe.skipIf(firefox === undefined)(`the page in Firefox ESR (${GET})`, () => {
  let pages: Site;
  let browser: Browser;
  const place = workplace();
  beforeAll(async () => {
    sparseNpy(place.path('large.npy'), 4_000_000, 50);
    pages = await site();
    browser = await launch('firefox');
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await pages?.close();
  });

  test('a gigabyte under 256 MB: the labels of the command line', { timeout: 300_000 }, async () => {
    const page = (await browser.newPage()) as Driven;
    const problems: string[] = [];
    page.on('pageerror', ({ message = '' }) => problems.push(message));
    const click = (selector: string) =>
      page.evaluate((selector: string) => document.querySelector<HTMLElement>(selector)?.click(), selector);
    const text = (selector: string) =>
      page.evaluate((selector: string) => document.querySelector(selector)?.textContent ?? '', selector);
    await page.goto(pages.url);
    await page.waitForSelector('input[type=file]');
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    await (await page.$('input[type=file]'))?.uploadFile(place.path('large.npy'));
    await page.waitForSelector('[data-action=cluster]:not([disabled])', { timeout: 120_000 });
    expect(await text('.plan-facts')).toMatch(/Peak[\d.]+ MB/);
    await click('[data-action=cluster]');
    await page.waitForSelector('.tree-card', { timeout: 120_000 });

    const before = await text('.cut-count');
    await page.evaluate(() => {
      const slider = document.querySelector('[role=slider]');
      slider?.dispatchEvent(new KeyboardEvent('keydown', { key: '+', bubbles: true }));
    });
    await page.waitForFunction(
      `document.querySelector('.cut-count').textContent !== ${JSON.stringify(before)}`,
    );
    await click('[data-action=label]');
    await page.waitForFunction(
      `!document.querySelector('[data-action=label]') && !document.querySelector('[data-action=stop]')`,
      { timeout: 120_000 },
    );
    expect(await text('.finish')).toContain('4,000,000 rows labelled');

    // What would be saved, taken on its way to the disk.
    const digest = await page.evaluate(async () => {
      const blob = new Promise<Blob>((resolve) => {
        const create = URL.createObjectURL;
        URL.createObjectURL = (made: Blob) => {
          resolve(made);
          return create(made);
        };
        HTMLAnchorElement.prototype.click = () => {};
      });
      document.querySelector<HTMLElement>('[data-save="labels.npy"]')?.click();
      const bytes = await (await blob).arrayBuffer();
      return Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)), (byte) =>
        byte.toString(16).padStart(2, '0'),
      ).join('');
    });
    const command = await text('[data-snippet=cli]');
    const args = command.replaceAll('\\\n', ' ').split(/\s+/).filter(Boolean).slice(2);
    const { code, stderr } = await place.run(...args);
    expect([code, stderr]).toEqual([0, '']);
    const wanted = createHash('sha256')
      .update(readFileSync(place.path('large-labels.npy')))
      .digest('hex');
    expect(digest).toBe(wanted);
    expect(problems).toEqual([]);
    await page.close();
  });
});
