import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Browser, firefox, launch } from './browsers.ts';
import { expectSameBits, expectSameUrls, GET, referenceOf, type SuiteResult } from './help.ts';
import { ISOLATED, type Pages, SUITE_PAGE, servePages } from './pages.ts';

declare const runSuite: (only?: string) => Promise<SuiteResult>;
declare const runUrls: () => Promise<SuiteResult>;

describe.skipIf(firefox === undefined)(`Firefox ESR (${GET})`, () => {
  let pages: Pages;
  let browser: Browser;
  beforeAll(async () => {
    pages = await servePages();
    browser = await launch('firefox');
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await pages?.close();
  });

  for (const [kind, headers, warnings] of [
    ['isolated', ISOLATED, 0],
    ['not isolated', {}, 1],
  ] as const) {
    test(`a page that is ${kind}, no bundler: the same bits`, { timeout: 180_000 }, async () => {
      const page = await browser.newPage();
      await page.goto(pages.page(kind.replace(' ', '-'), SUITE_PAGE, headers));
      await page.waitForFunction('globalThis.ready === true', { timeout: 20_000 });
      const isolated = await page.evaluate(() => crossOriginIsolated);
      expect(isolated).toBe(kind === 'isolated');
      const result = await page.evaluate(() => runSuite());
      await expectSameBits(result);
      expect(result.warnings).toHaveLength(warnings);
      await page.close();
    });
  }

  test('batches are kept in the file system of the page, with the same results as in memory', async () => {
    const page = await browser.newPage();
    await page.goto(pages.page('batches', SUITE_PAGE, ISOLATED));
    await page.waitForFunction('globalThis.ready === true', { timeout: 20_000 });
    const { digests } = await page.evaluate(() => runSuite('batches of'));
    expect(digests).toEqual(await referenceOf('batches of'));
    await page.close();
  });

  test('reads from a web server and from Blobs', { timeout: 120_000 }, async () => {
    const page = await browser.newPage();
    await page.goto(pages.page('urls', SUITE_PAGE, ISOLATED));
    await page.waitForFunction('globalThis.ready === true', { timeout: 20_000 });
    await expectSameUrls(await page.evaluate(() => runUrls()));
    await page.close();
  });
});
