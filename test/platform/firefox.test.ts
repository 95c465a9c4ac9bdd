import { describe, expect, test } from 'vitest';
import { firefox } from './browsers.ts';
import { expectSameBits, expectSameUrls, GET, referenceOf, type SuiteResult } from './help.ts';
import { ISOLATED, SUITE_PAGE } from './pages.ts';
import { setStage } from './stage.ts';

declare const runSuite: (only?: string) => Promise<SuiteResult>;
declare const runUrls: () => Promise<SuiteResult>;

describe.skipIf(firefox === undefined)(`Firefox ESR (${GET})`, () => {
  const stage = setStage('firefox');

  for (const [kind, headers, warnings] of [
    ['isolated', ISOLATED, 0],
    ['not isolated', {}, 1],
  ] as const) {
    test(`a page that is ${kind}, no bundler: the same bits`, { timeout: 180_000 }, async () => {
      const page = await stage.browser.newPage();
      await page.goto(stage.pages.page(kind.replace(' ', '-'), SUITE_PAGE, headers));
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
    const page = await stage.browser.newPage();
    await page.goto(stage.pages.page('batches', SUITE_PAGE, ISOLATED));
    await page.waitForFunction('globalThis.ready === true', { timeout: 20_000 });
    const { digests } = await page.evaluate(() => runSuite('batches of'));
    expect(digests).toEqual(await referenceOf('batches of'));
    await page.close();
  });

  test('reads from a web server and from Blobs', { timeout: 120_000 }, async () => {
    const page = await stage.browser.newPage();
    await page.goto(stage.pages.page('urls', SUITE_PAGE, ISOLATED));
    await page.waitForFunction('globalThis.ready === true', { timeout: 20_000 });
    await expectSameUrls(await page.evaluate(() => runUrls()));
    await page.close();
  });
});
