/** Bundles the worker with its model into one file, beside the kernels for workerd. `node examples/edge/bundle.mjs out/` */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

const at = (file) => fileURLToPath(new URL(file, import.meta.url));

/** The bundled code, for workerd or any other server. */
export async function bundle({ workerd = true } = {}) {
  const { outputFiles } = await esbuild.build({
    entryPoints: [at('worker.ts')],
    bundle: true,
    logLevel: 'error',
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    mainFields: ['browser', 'module', 'main'],
    conditions: workerd ? ['workerd'] : [],
    loader: { '.safetensors': 'binary' },
    // This worker does not accept HDF5.
    external: ['*.wasm', 'node:*', 'h5wasm'],
  });
  return outputFiles[0].text;
}

/** The files that workerd needs in addition, under their own names. */
export const KERNELS = [at('../../build/kernels.wasm'), at('../../build/extra.wasm')];

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const out = process.argv[2] ?? 'out';
  mkdirSync(out, { recursive: true });
  writeFileSync(path.join(out, 'worker.mjs'), await bundle());
  for (const file of KERNELS) copyFileSync(file, path.join(out, path.basename(file)));
}
