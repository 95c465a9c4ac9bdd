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
    format: 'esm',
    platform: 'neutral',
    packages: 'external',
  });
  const outside = Object.values(metafile.outputs).flatMap(({ imports }) => imports.filter((i) => i.external));
  expect(outside.filter(({ kind }) => kind !== 'dynamic-import')).toEqual([]);
  const names = new Set(
    outside.map(({ path }) =>
      path
        .split('/')
        .slice(0, path.startsWith('@') ? 2 : 1)
        .join('/'),
    ),
  );
  expect([...names].sort()).toEqual(
    ['@uwdata/flechette', 'fzstd', 'h5wasm', 'hyparquet', 'hyparquet-compressors', 'papaparse'].sort(),
  );
});
