import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Browser, chromium, launch, type Page } from './browsers.ts';
import { expectSameBits, GET, type SuiteResult } from './help.ts';
import { ISOLATED, type Pages, SUITE_PAGE, servePages } from './pages.ts';

declare const runSuite: () => Promise<SuiteResult>;

describe.skipIf(chromium === undefined)(`Chromium (${GET})`, () => {
  let pages: Pages;
  let browser: Browser;
  beforeAll(async () => {
    pages = await servePages();
    browser = await launch('chrome');
  });
  afterAll(async () => {
    await browser?.close();
    await pages?.close();
  });

  /** Open a page and wait until its modules have run. */
  async function open(url: string): Promise<Page> {
    const page = await browser.newPage();
    await page.goto(url);
    await page.waitForFunction('globalThis.ready === true', { timeout: 20_000 });
    return page;
  }

  test('an isolated page, no bundler: the same bits', { timeout: 180_000 }, async () => {
    const page = await open(pages.page('isolated', SUITE_PAGE, ISOLATED));
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    const result = await page.evaluate(() => runSuite());
    await expectSameBits(result);
    expect(result.warnings).toEqual([]);
    await page.close();
  });

  test('a page that is not isolated: the same bits with one thread, and says so once', {
    timeout: 180_000,
  }, async () => {
    const page = await open(pages.page('plain', SUITE_PAGE));
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
    const result = await page.evaluate(() => runSuite());
    await expectSameBits(result);
    expect(result.warnings).toHaveLength(1);
    expect(result.warnings[0]).toMatch(/one thread/);
    await page.close();
  });
});
