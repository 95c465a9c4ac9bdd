/** The scripts of examples/ in Deno and Bun write the bytes that they write in Node. */
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { INPUTS, inNode, outputOf, run, script } from '../examples/help.ts';
import { GET, installed, root } from './help.ts';

const deno = installed('@deno/linux-x64-glibc/deno');
const bun = installed('@oven/bun-linux-x64/bin/bun');

describe.skipIf(!deno)(`Deno (${GET})`, () => {
  test.each(INPUTS.map((input) => [input]))('%j: the same bytes', async (input) => {
    const args = [
      'run',
      '--no-prompt',
      '--allow-read',
      '--allow-write',
      '--allow-env',
      script('deno/cluster.ts'),
    ];
    expect(await outputOf(deno as string, args, input)).toEqual(await inNode(input));
  });

  test('finds the types', { timeout: 120_000 }, async () => {
    const check = (file: string) => run(deno as string, ['check', '--no-remote', file], { cwd: root });
    await check(script('deno/cluster.ts'));
    const wrong = path.join(root, 'test/examples/wrong.deno.ts');
    await expect(check(wrong)).rejects.toThrow(/TS2322/);
  });
});

describe.skipIf(!bun)(`Bun (${GET})`, () => {
  test.each(INPUTS.map((input) => [input]))('%j: the same bytes', async (input) => {
    expect(await outputOf(bun as string, [script('node/cluster.mjs')], input)).toEqual(await inNode(input));
  });
});
