import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { expect, it } from 'vitest';

it('libraries are loaded on first use only, and no module of a platform at all', async () => {
  const { metafile } = await esbuild.build({
    entryPoints: [fileURLToPath(new URL('../../src/sources/index.ts', import.meta.url))],
    bundle: true,
    write: false,
    metafile: true,
    outdir: 'unused',
    splitting: true,
    format: 'esm',
    platform: 'neutral',
    packages: 'external',
  });
  const outside = Object.values(metafile.outputs).flatMap(({ imports }) => imports.filter((i) => i.external));
  expect(outside.filter(({ kind }) => kind !== 'dynamic-import')).toEqual([]);
  expect(outside.map(({ path }) => path)).toContain('hyparquet/src/column.js');
});
