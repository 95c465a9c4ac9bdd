/** The page as a user without programming skills uses it, in Chromium. */
import { execFile } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSequences } from '../../src/sequences/index.ts';
import { BLOBS, ROOT, readInt32Npy, TRAJECTORY, twoGroups, workplace } from '../cli/help.ts';
import { firstOf } from '../platform/help.ts';
import { h5 } from '../sources/hdf5/files.ts';
import { fixture, npy } from '../sources/help.ts';
import { choose, cluster, commandOf, GET, launch, opener, type Site, saved, site } from './help.ts';

const binary = firstOf('/usr/bin/chromium');

/** What a screen reader or a keyboard would stumble over. */
async function stumbles(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(): Promise<import('axe-core').AxeResults> } };
    return (await axe.run()).violations.map(({ id, impact, nodes }) => ({
      id,
      impact,
      where: nodes.map(({ html }) => html.slice(0, 120)),
    }));
  });
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, impact, where }) => `${impact}: ${id}: ${where.join(' | ')}`);
}

/** 200 sequences of two families, of 15 and of 11 residues; the first hundred come twice. */
function families() {
  const letters = 'ADEFGHIKLMNPQRSTVWY';
  const sequences = Array.from({ length: 200 }, (_, i) => {
    const [a, b] = [letters[(i >> 1) % 19], letters[Math.floor(i / 38) % 19]];
    return i % 2 === 0 ? `CASSLG${a}${b}GNTEAFF` : `CAWWW${a}${b}WWWF`;
  });
  return { sequences, text: [...sequences, ...sequences.slice(0, 100)] };
}

/** Distinct sequences of 8 residues. */
function many(count: number): string[] {
  const letters = 'ACDEFGHIKLMNPQRSTVWY';
  return Array.from({ length: count }, (_, i) => {
    const digits = [1, 20, 400, 8000, 160_000].map((place) => letters[Math.floor(i / place) % 20]);
    return `CA${digits.join('')}F`;
  });
}

/** What a program says that is run where the package is installed. */
async function ranAs(folder: string, program: string): Promise<string> {
  const text = program.replace(/from 'coppice(?:\/(\w+))?'/g, (_, part = 'index') => {
    return `from ${JSON.stringify(pathToFileURL(join(ROOT, 'build', `${part}.js`)).href)}`;
  });
  writeFileSync(join(folder, 'program.mjs'), text);
  const ran = await promisify(execFile)(process.execPath, ['program.mjs'], { cwd: folder });
  return ran.stderr + ran.stdout;
}

/** Open the form of how the file is read. It stays open when another file is chosen. */
async function openForm(page: Page): Promise<void> {
  const closed = await page
    .locator('details.more')
    .first()
    .evaluate((form) => !(form as HTMLDetailsElement).open);
  if (closed) await page.click('.more summary >> nth=0');
}

describe.skipIf(binary === undefined)(`the page in Chromium (${GET})`, () => {
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

  test('a file on which the HDF5 library never comes back is refused, and the page goes on', {
    timeout: 120_000,
  }, async () => {
    // A trajectory whose title lies in a cyclic heap; the structural checks cannot find that.
    const path = join(place.folder, 'endless.h5');
    const file = new h5.File(path, 'w');
    file.create_dataset({ name: 'coordinates', data: new Float32Array(240), shape: [20, 4, 3] });
    file.create_attribute('title', 'four atoms', [], 'S');
    file.close();
    const bytes = readFileSync(path);
    bytes.writeBigInt64LE(-16n, bytes.indexOf('GCOL') + 24);
    writeFileSync(path, bytes);
    const page = await open(pages.url, { serviceWorkers: 'block' });
    await page.route('**/chunk-*.js', async (route) => {
      const answer = await route.fetch();
      const body = (await answer.text()).replaceAll('.check.look(', '.check.nothing?.(');
      await route.fulfill({ response: answer, body });
    });
    await page.setInputFiles('input[type=file]', path);
    await page.waitForSelector(
      'text=/endless\\.h5: it is damaged: the HDF5 library worked on it for \\d+ s/',
    );
    await choose(page, TRAJECTORY);
    expect(await page.textContent('.side .facts')).toContain('66: x, y, z of 22 atoms');
  });

  test('drop, plan, cluster, cut, look, label, save: the files are those of the command line', {
    timeout: 120_000,
  }, async () => {
    const file = place.put('groups.npy', npy('<f4', [3000, 5], twoGroups(3000, 5)));
    const page = await open(pages.url);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    expect(await stumbles(page)).toEqual([]);

    await choose(page, place.path(file));
    expect(await page.textContent('.side .facts')).toContain('3,000');
    expect(await page.textContent('.plan-facts')).toContain('3,000 rows, all of them');
    expect(await page.locator('.first-rows tbody tr').count()).toBe(6);
    expect(await stumbles(page)).toEqual([]);

    await cluster(page);
    expect(await page.textContent('.cut-count')).toBe('2 clusters');
    expect(await page.textContent('[data-hint="largest gap"]')).toBe('2 largest gap');

    // The keys of the cut.
    await page.focus('[role=slider]');
    await page.keyboard.press('+');
    await page.keyboard.press('+');
    expect(await page.textContent('.cut-count')).toBe('4 clusters');
    await page.keyboard.press('-');
    expect(await page.textContent('.cut-count')).toBe('3 clusters');
    const height = async () => Number(await page.getAttribute('[role=slider]', 'aria-valuenow'));
    const before = await height();
    await page.keyboard.press('ArrowUp');
    expect(await height()).toBeGreaterThan(before);
    await page.keyboard.press('End');
    expect(await page.textContent('.cut-count')).toBe('1 cluster');

    // The line of the cut, dragged from the top to the ground.
    const plot = (await page.locator('.tree-plot canvas').boundingBox()) as {
      x: number;
      y: number;
      height: number;
    };
    const handle = (await page.locator('.cut-handle').boundingBox()) as { x: number; y: number };
    await page.mouse.move(handle.x + 10, handle.y + 10);
    await page.mouse.down();
    await page.mouse.move(handle.x, plot.y + plot.height - 16, { steps: 5 });
    const many = Number(await page.getAttribute('[role=slider]', 'data-k'));
    expect(many).toBeGreaterThan(3);
    await page.evaluate(() => new Promise(requestAnimationFrame));
    const drawn = await page.$$eval('canvas[data-k]', (all) =>
      all.map((one) => (one as HTMLElement).dataset.k),
    );
    expect(drawn).toEqual([String(many), String(many)]);
    await page.mouse.up();
    await page.click('[data-hint="largest gap"]');

    await page.click('[data-cluster="1"]');
    await page.waitForSelector('[data-detail="1"] .profile-table');
    expect(await page.textContent('[data-detail="1"]')).toMatch(
      /In the sample1,500 rows \(50 %\).*Leaderrow [\d,]+/,
    );
    expect(await stumbles(page)).toEqual([]);

    await page.click('[data-action=label]');
    await page.waitForSelector('[data-counted=all]');
    await page.waitForSelector('[data-action=label]', { state: 'detached' });
    expect(await page.$$eval('.cluster-count', (all) => all.map((one) => one.textContent))).toEqual([
      '1,500',
      '1,500',
    ]);
    expect(await stumbles(page)).toEqual([]);
    await page.click('header button');
    expect(await stumbles(page)).toEqual([]);

    const args = await commandOf(page);
    expect(args.slice(0, 5)).toEqual(['cluster', 'groups.npy', '--clusters', '2', '--sample']);
    const more = ['--model', 'model.safetensors', '--linkage', 'linkage.npy'];
    const ran = await place.run(...args, ...more);
    expect(ran.stderr).toBe('');
    const csv = await place.run(...args.slice(0, -1), 'labels.csv', '--distances');
    const parquet = await place.run(...args.slice(0, -1), 'labels.parquet', '--distances');
    expect([csv.code, parquet.code]).toEqual([0, 0]);
    for (const [kind, name] of [
      ['labels.npy', 'groups-labels.npy'],
      ['labels.csv', 'labels.csv'],
      ['labels.parquet', 'labels.parquet'],
      ['model', 'model.safetensors'],
      ['linkage', 'linkage.npy'],
    ]) {
      const same = (await saved(page, kind)).equals(readFileSync(place.path(name)));
      expect(same, kind).toBe(true);
    }
    expect((await saved(page, 'tree.svg')).toString()).toMatch(
      /^<svg [\s\S]*groups\.npy: ward linkage of 3,000 rows/,
    );
    expect((await saved(page, 'scatter.svg')).toString()).toMatch(/^<svg /);
    for (const picture of ['tree.png', 'scatter.png']) {
      const png = await saved(page, picture);
      expect(png.subarray(1, 4).toString()).toBe('PNG');
      expect(png.readUInt32BE(16)).toBeGreaterThan(1000);
    }
    await page.close();
  });

  test('a file that is broken, and one with NaN: the words of the command line, in place, and the page goes on', {
    timeout: 120_000,
  }, async () => {
    const bad = twoGroups(500, 5);
    bad[123 * 5 + 2] = Number.NaN;
    const files = {
      truncated: place.put('truncated.npy', npy('<f4', [500, 5], twoGroups(500, 5)).slice(0, 3000)),
      nan: place.put('nan.npy', npy('<f4', [500, 5], bad)),
      ragged: place.put('ragged.csv', 'a,b\n1,2\n3,4\n5\n6,7\n'),
      strange: place.put('strange.xyz', 'PK\x03\x04 and so on'),
    };
    const page = await open(pages.url);
    for (const name of Object.values(files)) {
      const { stderr } = await place.run('cluster', name, '--clusters', 2);
      await page.setInputFiles('input[type=file]', place.path(name));
      const button = page.locator('[data-action=cluster]:not([disabled])');
      const problem = page.locator('.problem-text');
      await button.or(problem).first().waitFor();
      if (!(await problem.count())) await button.click();
      await problem.waitFor();
      const said = stderr.replace(
        '--on-bad-row skip leaves such rows out',
        'to leave such rows out, tick "Skip rows with NaN or infinity"',
      );
      expect(`coppice: ${await problem.textContent()}\n`, name).toBe(said);
      expect(await stumbles(page)).toEqual([]);
    }
    // The row with NaN left out, as the page offers.
    await choose(page, place.path(files.nan));
    await openForm(page);
    await page.getByLabel('Skip rows').check();
    await page.waitForSelector('[data-action=cluster]:not([disabled])');
    await cluster(page);
    await page.click('[data-action=label]');
    await page.waitForSelector('text=1 row skipped');
    const { code } = await place.run(...(await commandOf(page)));
    expect(code).toBe(0);
    const same = (await saved(page, 'labels.npy')).equals(readFileSync(place.path('nan-labels.npy')));
    expect(same).toBe(true);
    await page.close();
  });

  test('a trajectory of GROMACS', { timeout: 120_000 }, async () => {
    const page = await open(pages.url);
    await choose(page, fixture('traj-ala2.xtc'));
    const facts = (await page.textContent('.side .facts')) ?? '';
    expect(facts).toContain('66: x, y, z of 22 atoms');
    expect(facts).toContain('XTC');
    await page.close();
  });

  test('a trajectory, a table and the examples, with their readers loaded when they are needed', {
    timeout: 180_000,
  }, async () => {
    const page = await open(pages.url);
    const loaded: string[] = [];
    page.on('request', (request) => loaded.push(request.url()));
    await choose(page, TRAJECTORY);
    expect(await page.textContent('.side .facts')).toContain('66: x, y, z of 22 atoms');
    expect(loaded.length).toBeGreaterThan(0);
    await page.click('.plan .more summary');
    await page.getByLabel('How the sample is chosen').selectOption('stride');
    await page.getByLabel('Stride').fill('20');
    await page.getByLabel('Stride').press('Enter');
    await page.waitForSelector('text=200 frames, every 20th');
    await cluster(page);
    expect(await page.locator('canvas.strip').count()).toBe(1);
    await page.click('[data-action=label]');
    await page.waitForSelector('[data-counted=all]');
    copyFileSync(TRAJECTORY, join(place.folder, basename(TRAJECTORY)));
    const args = await commandOf(page);
    expect(args).toContain('rmsd');
    expect((await place.run(...args)).code).toBe(0);
    const kept = readFileSync(place.path('alanine-dipeptide-labels.npy'));
    expect((await saved(page, 'labels.npy')).equals(kept)).toBe(true);

    // The only text column names the rows: on the page, in the saved files, and for the command line.
    const groups = Array.from(twoGroups(40, 2), (value) => value.toFixed(3));
    const lines = groups.map((_, i) => `"leaf, ${i}",${groups[2 * i]},${groups[2 * i + 1]}`).slice(0, 40);
    const named = place.put('named.csv', `who,x,y\n${lines.join('\n')}\n`);
    await choose(page, place.path(named));
    expect(await page.textContent('.side .facts')).toContain('Namescolumn who');
    expect(await page.textContent('.first-rows tbody th')).toBe('leaf, 0');
    await cluster(page);
    await page.waitForSelector('[data-leaders=picked]');
    await page.click('[data-cluster="1"]');
    await page.waitForSelector('[data-detail="1"]');
    expect(await page.textContent('[data-detail="1"]')).toMatch(/Leaderleaf, \d+/);
    await page.click('[data-action=label]');
    await page.waitForSelector('[data-counted=all]');
    expect((await saved(page, 'tree.svg')).toString().match(/>leaf, \d+</g)).toHaveLength(40);
    const command = await commandOf(page);
    expect(command).toContain('--id-column');
    expect((await place.run(...command)).code).toBe(0);
    expect((await saved(page, 'labels.csv')).toString()).toBe(
      readFileSync(place.path('named-labels.csv'), 'utf8'),
    );
    expect(readFileSync(place.path('named-labels.csv'), 'utf8')).toMatch(/^who,cluster,distance\n"leaf, 0",/);
    expect((await place.run(...command.slice(0, -1), 'named.parquet')).code).toBe(0);
    expect((await saved(page, 'labels.parquet')).equals(readFileSync(place.path('named.parquet')))).toBe(
      true,
    );

    // Other columns of a table, by name.
    await choose(page, BLOBS);
    await openForm(page);
    await page.getByRole('textbox', { name: /^Columns/ }).fill('x, y');
    await page.getByRole('button', { name: 'Read', exact: true }).click();
    await page.waitForSelector('[data-action=cluster]:not([disabled])');
    await cluster(page);
    expect(await commandOf(page)).toContain('x,y');

    await page.getByRole('button', { name: 'Close' }).first().click();
    for (const name of ['blobs', 'embeddings', 'trajectory']) {
      await page.click(`[data-example=${name}]`);
      await page.waitForSelector('[data-action=cluster]:not([disabled])');
      await page.getByRole('button', { name: 'Close' }).click();
    }
    await page.close();
  });

  test('sequences, as FASTA and as a column of a table: read once each, clustered as vectors, saved by name', {
    timeout: 120_000,
  }, async () => {
    const { sequences, text } = families();
    const fasta = place.put('families.fasta', text.map((one, i) => `>read ${i}\n${one}\n`).join(''));
    const rows = text.map((one, i) => `${i}\tTRBV${i % 9}\t${one}\n`);
    const tsv = place.put('airr.tsv', `sequence_id\tv_call\tjunction_aa\n${rows.join('')}`);
    const lines = place.put('lines.txt', `${text.join('\n')}\n`);
    const page = await open(pages.url);
    const saves: string[] = [];
    for (const name of [fasta, tsv, lines]) {
      await choose(page, place.path(name));
      const facts = (await page.textContent('.side .facts')) ?? '';
      expect(facts).toContain('Sequences200 distinctRows300 in allLongest15 residuesNumbers60 per sequence');
      expect(await page.$$eval('.first-rows tbody tr', (all) => all.map((one) => one.textContent))).toEqual(
        sequences.slice(0, 6).map((one) => `${one}2`),
      );
      expect(await page.textContent('.plan-facts')).toContain('200 sequences, all of them');
      expect(await stumbles(page)).toEqual([]);
      await cluster(page);
      expect(await page.textContent('.cut-count')).toBe('2 clusters');
      await page.waitForSelector('[data-leaders=picked]');
      await page.click('[data-cluster="1"]');
      await page.waitForSelector('[data-members]');
      expect(await page.textContent('[data-members]')).toMatch(
        /^CA[A-Z.a-z[\]]+F of 100 with 1[15] residues/,
      );
      expect(await page.textContent('[data-detail="1"]')).toMatch(
        /In the sample100 sequences.*LeaderCA[A-Z]+F/,
      );
      expect(await stumbles(page)).toEqual([]);
      await page.click('[data-action=label]');
      await page.waitForSelector('text=200 sequences labelled in 2 clusters');
      expect(await page.textContent('[data-snippet=cli]')).toContain('npx coppice batch run');
      await page.getByRole('button', { name: 'JavaScript' }).click();
      const program = (await page.textContent('[data-snippet=js]')) ?? '';
      await page.getByRole('button', { name: 'Shell' }).click();
      expect(await ranAs(place.folder, program)).toBe('');

      const csv = (await saved(page, 'labels.csv')).toString();
      const base = name.replace(/\..*/, '');
      expect(csv).toBe(readFileSync(place.path(`${base}-labels.csv`), 'utf8'));
      const model = await saved(page, 'model');
      expect(model.equals(readFileSync(place.path(`${base}-model.safetensors`)))).toBe(true);
      const [header, ...kept] = csv.trimEnd().split('\n');
      expect(header).toBe('sequence,cluster');
      expect(kept.map((line) => line.split(',')[0])).toEqual(sequences);
      const labels = kept.map((line) => Number(line.split(',')[1]));
      expect(readInt32Npy(await saved(page, 'labels.npy'))).toEqual(labels);
      // The two families are the two clusters.
      expect(labels).toEqual(sequences.map((one) => labels[one.length === 15 ? 0 : 1]));
      saves.push(csv);
    }
    expect(new Set(saves).size).toBe(1);
    // Other columns of the same table are still to be had.
    await page.setInputFiles('input[type=file]', place.path(tsv));
    await page.waitForSelector('[data-action=cluster]:not([disabled])');
    await openForm(page);
    await page.getByLabel('Columns').fill('sequence_id');
    await page.getByRole('button', { name: 'Read', exact: true }).click();
    await page.waitForSelector('.side .facts >> text=float64');
    await page.close();
  });

  test('sequences that are none, and more of them than the memory holds: the words of the package, in place', {
    timeout: 120_000,
  }, async () => {
    const page = await open(pages.url);
    const problem = page.locator('.problem-text');
    for (const [name, text] of [
      ['bad.fasta', '>a\nCASSLGF\n>b\nCASXLGF\n>c\nCASSPGF\n>d\nCASSPGY\n'],
      ['bad.tsv', 'id\tjunction_aa\n1\tCASSLGF\n2\tCASS_GF\n3\tCASSPGF\n4\tCASSPGY\n'],
      ['bad.txt', 'CASSLGF\nCASS1GF\nCASSPGF\nCASSPGY\n'],
      ['empty.fasta', ''],
    ]) {
      const file = new File([text], name);
      const message = await readSequences(file).then(
        () => 'it was taken',
        (error: Error) => error.message,
      );
      expect(message).toMatch(/^(bad|empty)\./);
      await page.setInputFiles('input[type=file]', place.path(place.put(name, text)));
      await expect.poll(() => problem.textContent(), { timeout: 10_000 }).toBe(message);
      expect(await stumbles(page)).toEqual([]);
      if (text === '') continue;
      await page.getByLabel('Skip rows').check();
      await page.waitForSelector('[data-action=cluster]:not([disabled])');
      expect(await page.textContent('.side .facts')).toContain('Rows3 in all, 1 skipped');
    }

    const text = many(260_000).join('\n');
    const file = place.path(place.put('many.seq', text));
    await choose(page, place.path(place.put('few.seq', 'CASSLGF\nCASSPGF\nCASSPGY\n')));
    await page.locator('input[type=range]').fill('0');
    await page.setInputFiles('input[type=file]', file);
    await expect
      .poll(() => problem.textContent(), { timeout: 20_000 })
      .toMatch(
        /^\d+ distinct sequences of many\.seq, and more to come, needs 3\d[.\d]* MB, but memoryLimit allows 32 MB/,
      );
    await page.locator('input[type=range]').fill('1');
    await expect
      .poll(() => page.locator('[data-place=plan]').textContent(), { timeout: 20_000 })
      .toMatch(/memoryLimit allows 64 MB/);
    await page.locator('input[type=range]').fill('3');
    await page.waitForSelector('[data-action=cluster]:not([disabled])');
    expect(await page.textContent('.side .facts')).toContain('260,000 distinct');
    await page.close();
  });

  test('a host that sets no headers: one thread, said so; then a service worker brings threads, and the page offline', {
    timeout: 120_000,
  }, async () => {
    const alone = await open(pages.plainUrl, { serviceWorkers: 'block' });
    expect(await alone.evaluate(() => crossOriginIsolated)).toBe(false);
    await alone.click('[data-note=one-thread] summary');
    expect(await alone.textContent('[data-note=one-thread]')).toContain(
      'Cross-Origin-Embedder-Policy: require-corp',
    );
    expect(await stumbles(alone)).toEqual([]);
    await alone.click('[data-example=blobs]');
    await alone.waitForSelector('[data-action=cluster]:not([disabled])');
    await cluster(alone);
    const single = await saved(alone, 'linkage');
    await alone.close();

    const page = await open(pages.plainUrl);
    await page.waitForFunction(() => crossOriginIsolated);
    await page.waitForSelector('.top-note');
    // Readers are kept too, once there is nothing else to do.
    const isKept = () =>
      page.evaluate(async () => Boolean(await caches.match('examples/alanine-dipeptide.h5')));
    await expect.poll(isKept, { timeout: 20_000 }).toBe(true);
    await page.context().setOffline(true);
    await page.reload();
    await page.click('[data-example=blobs]');
    await page.waitForSelector('[data-action=cluster]:not([disabled])');
    await cluster(page);
    expect((await saved(page, 'linkage')).equals(single)).toBe(true);
    await page.close();
  });

  test('nothing that is asked for is on another machine', async () => {
    const page = await (await browser.newContext()).newPage();
    await page.goto(pages.url);
    const outside = await page.evaluate(() =>
      fetch('https://example.org/').then(
        () => 'it went out',
        () => 'refused',
      ),
    );
    expect(outside).toBe('refused');
    expect(readFileSync(join(ROOT, 'src/web/index.html'), 'utf8')).not.toMatch(/(src|href)="https?:/);
    await page.close();
  });
});
