import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { serveFiles } from './files.ts';
import { expectSameBits, expectSameUrls, GET, installed, referenceOf, runSuiteIn } from './help.ts';

/** Deno gets no permissions at all: neither the kernels nor the workers may need any. */
const SERVERS: [name: string, binary: string | undefined, args: string[]][] = [
  ['Node 20', installed('node20/bin/node'), []],
  ['Node 22', installed('node22/bin/node'), []],
  ['Node 24', installed('node24/bin/node'), []],
  ['Node 26', installed('node26/bin/node'), []],
  ['Deno 2', installed('@deno/linux-x64-glibc/deno'), ['run', '--no-prompt']],
  ['Bun', installed('@oven/bun-linux-x64/bin/bun'), []],
];

for (const [name, binary, args] of SERVERS) {
  describe.skipIf(binary === undefined)(`${name} (${GET})`, () => {
    test('gives the same bits as the Node that runs the tests', async () => {
      const result = await runSuiteIn(binary as string, args);
      await expectSameBits(result);
      expect(result.warnings).toEqual([]);
    });

    test('keeps batches in a folder, with the same results as in memory', async () => {
      const folder = mkdtempSync(path.join(tmpdir(), 'coppice-platform-'));
      try {
        const allowed = args.length > 0 ? [...args, `--allow-read=${folder}`, `--allow-write=${folder}`] : [];
        const { digests } = await runSuiteIn(binary as string, allowed, ['--folder', folder, 'batches']);
        expect(digests).toEqual(await referenceOf('batches'));
        expect(Object.keys(digests).length).toBeGreaterThan(2);
        expect(readdirSync(folder)).toEqual([]);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });

    test('reads from a web server and from Blobs', { timeout: 120_000 }, async () => {
      const server = await serveFiles();
      try {
        // The one thing that Deno must be allowed.
        const allowed = args.length > 0 ? [...args, `--allow-net=${server.host}`] : [];
        await expectSameUrls(await runSuiteIn(binary as string, allowed, ['--urls', server.base]));
      } finally {
        await server.close();
      }
    });
  });
}
