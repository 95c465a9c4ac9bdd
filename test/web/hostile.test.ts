/** Names that a file brings along are text in the page, whatever they say, and do not break its layout. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { firstOf } from '../platform/help.ts';
import { cluster, GET, launch, opener, type Site, saved, site } from './help.ts';

const binary = firstOf('/usr/bin/chromium');

const HIT = 'globalThis.hit=1';
const LONG = 'W'.repeat(5000);
const NAMES = [
  `<img src=x onerror=${HIT}>`,
  `</script><script>${HIT}</script>`,
  `<svg onload=${HIT}><style>body{display:none}</style>`,
  '\u202Eright to left\u2067\u200F',
  `&lt;b&gt; " ' \` \${${HIT}} {{${HIT}}} javascript:${HIT}`,
  LONG,
];

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** A table of which every name is hostile; two clusters. */
function table(): Buffer {
  const lines = [['</title><i>names', ...NAMES].map(quoted).join(',')];
  for (let i = 0; i < 24; i++) {
    const numbers = NAMES.map((_, j) => ((i % 2) * 50 + ((i * 7 + j * 3) % 11)).toString());
    lines.push([quoted(`${NAMES[i % NAMES.length]}${i}`), ...numbers].join(','));
  }
  return Buffer.from(`${lines.join('\n')}\n`);
}

const look = (page: Page) =>
  page.evaluate(() => ({
    made: [...document.querySelectorAll('img, script:not([src]), i, b, iframe, title *')].map(
      ({ outerHTML }) => outerHTML.slice(0, 80),
    ),
    scripts: document.scripts.length,
    hit: (globalThis as { hit?: unknown }).hit,
    over: Math.max(0, document.documentElement.scrollWidth - innerWidth),
    height: document.documentElement.scrollHeight,
  }));

describe.skipIf(binary === undefined)(`hostile names in the page (${GET})`, () => {
  let pages: Site;
  let browser: Browser;
  const open = opener(() => browser);
  beforeAll(async () => {
    pages = await site();
    browser = await launch(binary as string);
  });
  afterAll(async () => {
    await browser?.close();
    await pages?.close();
  });

  for (const width of [1280, 390]) {
    test(`are inert, and fit into a page of ${width} pixels`, { timeout: 120_000 }, async () => {
      const page = await open(pages.url, { viewport: { width, height: 900 } });
      const before = await look(page);
      const fine = { made: [], scripts: before.scripts, hit: undefined, over: 0 };
      const check = async (most: number) => {
        const { height, ...found } = await look(page);
        expect(found).toEqual(fine);
        expect(height).toBeLessThan(most);
      };
      const give = (name: string, buffer: Buffer) =>
        page.setInputFiles('input[type=file]', { name, mimeType: 'text/csv', buffer });

      // A file that cannot be read: its name and contents appear in the message.
      await give(
        `<img src=x onerror=${HIT}>\u202E${'n'.repeat(200)}.csv`,
        Buffer.from(`a,b\n1,${NAMES[0]}\n2,${LONG}\n`),
      );
      await page.waitForSelector('.problem-text, [data-action=cluster]:not([disabled])');
      await check(2500);

      await give(`<img src=x onerror=${HIT}>.csv`, table());
      await page.waitForSelector('[data-action=cluster]:not([disabled])');
      await page.waitForSelector('.first-rows tbody tr');
      await check(3000);
      await cluster(page);
      await page.waitForSelector('[data-leaders=picked]');
      for (const label of [1, 2]) {
        await page.click(`[data-cluster="${label}"]`);
        await page.waitForSelector(
          `[data-detail="${label}"] .profile, [data-detail="${label}"] .profile-table`,
        );
        await check(4500);
      }
      await page.click('[data-action=label]');
      await page.waitForSelector('text=24 rows labelled');
      for (const button of ['JavaScript', 'Shell']) {
        await page.getByRole('button', { name: button }).click();
        await check(5000);
      }
      const csv = (await saved(page, 'labels.csv')).toString();
      expect(csv).toContain(quoted(`${NAMES[4]}4`));
      for (const kind of ['tree.svg', 'scatter.svg']) {
        const svg = (await saved(page, kind)).toString();
        const stray = await page.evaluate((text) => {
          const drawn = new DOMParser().parseFromString(text, 'image/svg+xml');
          return [...drawn.querySelectorAll('parsererror, script, img, i, style, [onload], [onerror]')].map(
            ({ nodeName }) => nodeName,
          );
        }, svg);
        expect(stray.filter((name) => name !== 'style')).toEqual([]);
      }
      await check(5000);
      await page.close();
    });
  }
});
