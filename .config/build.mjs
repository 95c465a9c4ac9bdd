/**
 * Makes everything in build/: the kernels (asc), the module that carries them as text, the bundles
 * (esbuild) and the types (tsc). Run by `npm run build`; `--kernels` stops after the kernels.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import * as esbuild from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const require = createRequire(import.meta.url);

/** The script behind a package's command, run by this Node whatever the shell is. */
function run(name, command, args) {
  const manifest = require.resolve(`${name}/package.json`);
  const { bin } = require(manifest);
  const script = path.join(path.dirname(manifest), typeof bin === 'string' ? bin : bin[command]);
  execFileSync(process.execPath, [script, ...args], { stdio: 'inherit' });
}

/** The kernel contract: one import, no data, no start function, no globals, no tables. */
async function checkKernels(bytes) {
  const module = await WebAssembly.compile(bytes);
  const imports = WebAssembly.Module.imports(module);
  if (imports.length !== 1 || imports[0].module !== 'env' || imports[0].name !== 'memory') {
    throw new Error(`kernels must import env.memory alone, not ${JSON.stringify(imports)}`);
  }
  const forbidden = { 4: 'table', 6: 'global', 8: 'start', 9: 'element', 11: 'data' };
  let at = 8;
  while (at < bytes.length) {
    const id = bytes[at++];
    let size = 0;
    let shift = 0;
    let byte;
    do {
      byte = bytes[at++];
      size |= (byte & 127) << shift;
      shift += 7;
    } while (byte & 128);
    if (forbidden[id]) throw new Error(`kernels must not have a ${forbidden[id]} section`);
    at += size;
  }
}

rmSync('build', { recursive: true, force: true });
mkdirSync('build', { recursive: true });
run('assemblyscript', 'asc', ['--config', 'asconfig.json', '--target', 'release']);
const wasm = readFileSync('build/kernels.wasm');
await checkKernels(wasm);
mkdirSync('build/kernels', { recursive: true });
writeFileSync('build/kernels/wasm.js', `export default '${wasm.toString('base64')}';\n`);
writeFileSync('build/kernels/wasm.d.ts', 'declare const base64: string;\nexport default base64;\n');

if (!process.argv.includes('--kernels')) {
  await esbuild.build({
    entryPoints: { index: 'src/index.ts', sources: 'src/sources/index.ts', cli: 'src/cli/main.ts' },
    outdir: 'build',
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    external: ['node:*', 'h5wasm', 'h5wasm/*', 'commander', 'cli-progress', 'csv-parse', 'csv-parse/*'],
    chunkNames: 'chunk-[hash]',
    legalComments: 'none',
  });
  chmodSync('build/cli.js', 0o755);
  run('typescript', 'tsc', ['-p', 'src']);
  const core = await esbuild.build({
    entryPoints: ['build/index.js'],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    external: ['h5wasm', 'h5wasm/*', 'csv-parse', 'csv-parse/*'],
  });
  const kB = (n) => `${(n / 1000).toFixed(1)} kB`;
  console.log(
    `kernels ${kB(statSync('build/kernels.wasm').size)}, core bundle ${kB(core.outputFiles[0].contents.length)}, ` +
      `${kB(gzipSync(core.outputFiles[0].contents, { level: 9 }).length)} gzip`,
  );
}
