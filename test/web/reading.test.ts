/** What the page says of the columns of a file, and the fields that choose a sheet or an array and prepare the rows. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { firstOf } from '../platform/help.ts';
import { fixture } from '../sources/help.ts';
import { choose, cluster, commandOf, GET, launch, opener, type Site, site } from './help.ts';

const binary = firstOf('/usr/bin/chromium');
let at: Site;
let browser: Browser;

describe.skipIf(binary === undefined)(`what the page says of a file, and how it is read (${GET})`, () => {
  beforeAll(async () => {
    at = await site();
    browser = await launch(binary as string);
  });
  afterAll(async () => {
    await browser?.close();
    await at?.close();
  });
  const openPage = opener(() => browser);
  const ready = '[data-action=cluster]:not([disabled])';

  test('columns are described as inspect does; sheet and scale are chosen, and repeated in the shell', {
    timeout: 180_000,
  }, async () => {
    const page = await openPage(at.url);
    await page.setInputFiles('input[type=file]', fixture('pandas.xlsx'));
    await page.waitForSelector('.problem-text');
    expect(await page.textContent('.problem-text')).toContain('choose below what to do with missing values');
    await page.selectOption('select[name=missing]', 'mean');
    await page.waitForSelector(ready);
    const rows = await page.$$eval('table.columns tbody tr', (all) =>
      all.map((row) => Array.from(row.children, (cell) => cell.textContent)),
    );
    expect(rows.map(([name, read]) => [name, read])).toEqual([
      ['0', 'no'],
      ['name', 'as names'],
      ['when', 'no'],
      ['x', 'yes'],
      ['ok', 'yes'],
    ]);
    expect(rows[2][4]).toBe('every value is a date');
    expect(rows[3][2]).toBe('25 %');
    expect(rows[3][3]).toBe('1.5 to 4');
    // The form stays open when the file is read again.
    await page.selectOption('select[name=sheet]', 'second');
    await page.waitForSelector('dd:has-text("sheet \\"second\\"")');
    await page.waitForSelector(ready);
    await page.selectOption('select[name=scale]', 'minmax');
    await page.waitForSelector('dd:has-text("from 0 to 1")');
    await page.waitForSelector(ready);
    await page.check('input[name=log2]');
    await page.waitForSelector('dd:has-text("log2(x + 1), from 0 to 1")');
    await page.waitForSelector(ready);
    const first = await page.$$eval('.first-rows table:not(.columns) td', (all) =>
      all.map((one) => one.textContent),
    );
    expect(first.slice(0, 2)).toEqual(['0', '1']);
    await cluster(page);
    const command = await commandOf(page);
    expect(command.join(' ')).toContain('--sheet second');
    expect(command.join(' ')).toContain('--missing mean --log2 --scale minmax');
    await page.context().close();
  });

  test('a file with several arrays offers them', { timeout: 120_000 }, async () => {
    const page = await openPage(at.url);
    await page.setInputFiles('input[type=file]', fixture('numpy.npz'));
    await page.waitForSelector('.problem select[name=array]');
    await page.selectOption('select[name=array]', 'F');
    await page.waitForSelector(ready);
    expect(await page.textContent('.facts')).toContain('NPZ, array F');
    expect(await page.inputValue('select[name=array]')).toBe('F');
    await page.context().close();
  });

  test('annotated data offer their matrices', { timeout: 120_000 }, async () => {
    const page = await openPage(at.url);
    await choose(page, fixture('anndata-dense.h5ad'));
    await page.click('details.more summary');
    await page.selectOption('select[name=dataset]', 'obsm/X_pca');
    await page.waitForSelector('dd:has-text("obsm/X_pca")');
    await page.waitForSelector(ready);
    await page.context().close();
  });
});
