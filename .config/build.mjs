/**
 * Builds everything in build/: the kernels (asc), the module with the kernels as text, the bundles (esbuild) and the types (tsc).
 * Run by `npm run build`; `--kernels` stops after the kernels.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import zopfli from '@gfx/zopfli';
import * as esbuild from 'esbuild';
import { writeGenerated } from './kernel-types.mjs';
import { bundledPackages } from './notices.mjs';
import { CORE_GZIP_BYTES, CORE_IMPORT, weigh } from './weigh.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const require = createRequire(import.meta.url);

/** Run the script of a package's command with this Node, whatever the shell is. */
function run(name, command, args) {
  const manifest = require.resolve(`${name}/package.json`);
  const { bin } = require(manifest);
  const script = path.join(path.dirname(manifest), typeof bin === 'string' ? bin : bin[command]);
  // The command has printed its errors. A thrown error would add a stack trace and hide them.
  const { status } = spawnSync(process.execPath, [script, ...args], { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
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

/** The script of a worker with the HDF5 library, as a module that exports its text. */
async function hdf5WorkerScript() {
  const { outputFiles } = await esbuild.build({
    entryPoints: ['src/sources/hdf5/worker.ts'],
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    target: 'es2022',
  });
  const text = outputFiles[0].text.trim();
  writeFileSync('build/kernels/hdf5-worker.js', `export default ${JSON.stringify(text)};\n`);
  writeFileSync('build/kernels/hdf5-worker.d.ts', 'declare const source: string;\nexport default source;\n');
}

/** In the types, replace names of sources by names of scripts: compilers and Deno look for the types of a script. */
function nameScripts(folder) {
  for (const file of readdirSync(folder, { recursive: true })) {
    const at = path.join(folder, file);
    if (!at.endsWith('.d.ts')) continue;
    const text = readFileSync(at, 'utf8');
    writeFileSync(at, text.replace(/((?:from|import) |import\()(['"])(\.[^'"]*)\.ts\2/g, '$1$2$3.js$2'));
  }
}

/** The script of a worker, minified. */
async function workerScript() {
  const { outputFiles } = await esbuild.build({
    entryPoints: ['src/runtime/threads/worker-script.ts'],
    bundle: true,
    write: false,
    format: 'esm',
  });
  const text = Buffer.from(outputFiles[0].contents).toString('base64');
  const { WORKER_SOURCE } = await import(`data:text/javascript;base64,${text}`);
  const { code } = await esbuild.transform(WORKER_SOURCE, { minify: true, target: 'es2022' });
  return code;
}

/** The bundler renames a class that refers to itself, and it is printed as such: `_TwoPass { ... }`. Undo that. */
function nameClasses(files) {
  for (const file of files) {
    let text = readFileSync(file, 'utf8');
    for (const [, name] of text.matchAll(/^var (\w+) = class _\1\b/gm)) {
      text = text.replaceAll(new RegExp(`\\b_${name}\\b`, 'g'), name);
    }
    writeFileSync(file, text);
  }
}

const kernelsOnly = process.argv.includes('--kernels');
mkdirSync('build', { recursive: true });
mkdirSync('build/kernels', { recursive: true });
/** Hash of the sources of the kernels. If it is unchanged, they need not be built again. */
function kernelSources() {
  const hash = createHash('sha256');
  const files = readdirSync('assembly', { recursive: true }).filter((file) => file.endsWith('.ts'));
  for (const file of [...files.sort().map((name) => path.join('assembly', name)), 'asconfig.json']) {
    hash.update(file).update(readFileSync(file));
  }
  const versions = ['assemblyscript', '@gfx/zopfli'].map((name) => require(`${name}/package.json`).version);
  return hash.update(readFileSync('.config/build.mjs')).update(versions.join(' ')).digest('hex');
}

/** Compile a module, check it, and compress it first: gzip compresses base64 badly, by a third of the kernels. */
async function compile(entry, name, packedName, allFamilies) {
  const constants = ['--use', `ALL_FAMILIES=${allFamilies}`];
  const out = ['--outFile', `build/${name}.wasm`, '--textFile', `build/${name}.wat`];
  run('assemblyscript', 'asc', [entry, '--config', 'asconfig.json', ...constants, ...out]);
  const bytes = readFileSync(`build/${name}.wasm`);
  await checkKernels(bytes);
  // Any gzip reader can unpack it; it is 5 % smaller than zlib's result.
  const packed = Buffer.from(await zopfli.gzipAsync(bytes, { numiterations: 15 })).toString('base64');
  writeFileSync(`build/kernels/${packedName}.js`, `export default '${packed}';\n`);
  writeFileSync(
    `build/kernels/${packedName}.d.ts`,
    'declare const base64: string;\nexport default base64;\n',
  );
}
writeGenerated();
const MADE_FROM = 'build/kernels/made-from.txt';
const madeFrom = kernelSources();
if (!existsSync(MADE_FROM) || readFileSync(MADE_FROM, 'utf8') !== madeFrom) {
  rmSync(MADE_FROM, { force: true });
  await compile('assembly/index.ts', 'kernels', 'packed', 0);
  await compile('assembly/extra.ts', 'extra', 'extra', 1);
  writeFileSync(MADE_FROM, madeFrom);
}
const coreBytes = statSync('build/kernels.wasm').size;
const extraBytes = statSync('build/extra.wasm').size;

await hdf5WorkerScript();

if (!kernelsOnly) {
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
  const external = ['node:*', 'stream', ...Object.keys(dependencies).flatMap((name) => [name, `${name}/*`])];
  const entryPoints = {
    index: 'src/index.ts',
    sources: 'src/sources/index.ts',
    sinks: 'src/sinks/index.ts',
    plot: 'src/plot/index.ts',
    sequences: 'src/sequences/index.ts',
    cli: 'src/cli/main.ts',
  };
  for (const [name, file] of Object.entries(entryPoints)) if (!existsSync(file)) delete entryPoints[name];
  const workerText = await workerScript();
  const shared = {
    outdir: 'build',
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    // Bundled libraries keep their notices; their licences are in LICENSE (notices.mjs).
    legalComments: 'eof',
    conditions: ['browser'],
    metafile: true,
    plugins: [
      {
        // toMatrix is exported, and functions load it for what is no matrix. A file that is imported in both ways would be
        // part of every page (esbuild does not split it off), so what functions load is a copy, with all that it imports.
        // The same for distances that the caller has, and for the drawing of heat maps: what they import would split the
        // files of every page.
        name: 'copy',
        setup(build) {
          const copy = { suffix: '?copy', pluginData: 'copy' };
          build.onResolve({ filter: /^\.[./\w-]*\.ts$/ }, ({ path: file, resolveDir, pluginData }) => {
            const at = path.join(resolveDir, file);
            const copied =
              /(matrix.convert|distance.precomputed|heatmap.drawing)\.ts$/.test(at) || pluginData === 'copy';
            return copied ? { path: at, ...copy } : undefined;
          });
          build.onLoad({ filter: /\.ts$/ }, ({ path: file, suffix }) =>
            suffix ? { contents: readFileSync(file, 'utf8'), loader: 'ts', pluginData: 'copy' } : undefined,
          );
        },
      },
      {
        // Bundlers do not minify a script within a string.
        name: 'worker',
        setup(build) {
          build.onLoad({ filter: /threads.worker-script\.ts$/ }, ({ path: file }) => {
            const [before, , after] = readFileSync(file, 'utf8').split('`');
            return { contents: `${before}${JSON.stringify(workerText)}${after}`, loader: 'ts' };
          });
        },
      },
    ],
  };
  const { metafile } = await esbuild.build({ ...shared, entryPoints, external, chunkNames: 'chunk-[hash]' });
  // For workerd, which cannot compile code from bytes: the same, but kernels are imported as modules. The files form a set of their
  // own, so that an error thrown by one entry is an instance of the class that another exports.
  const { cli, ...edgeEntries } = entryPoints;
  const edge = await esbuild.build({
    ...shared,
    entryPoints: Object.fromEntries(
      Object.entries(edgeEntries).map(([name, file]) => [name === 'index' ? 'edge' : `edge-${name}`, file]),
    ),
    external: [...external, './kernels.wasm', './extra.wasm'],
    chunkNames: 'edge-chunk-[hash]',
    plugins: [
      ...shared.plugins,
      {
        name: 'edge',
        setup(build) {
          build.onResolve(
            { filter: /\/(binary(\.extra)?|reader-room)\.ts$/ },
            ({ path: file, resolveDir }) => ({
              path: path.join(resolveDir, file.replace(/ts$/, 'edge.ts')),
            }),
          );
        },
      },
    ],
  });
  writeFileSync('build/kernels/bundled.json', JSON.stringify(bundledPackages([metafile, edge.metafile])));
  nameClasses(
    [metafile, edge.metafile]
      .flatMap(({ outputs }) => Object.keys(outputs))
      .filter((file) => file.endsWith('.js')),
  );
  // For pages that may not start workers from text.
  writeFileSync('build/worker.js', workerText);
  // Files of an earlier build are removed last, so that a build in use is never empty.
  const made = { ...metafile.outputs, ...edge.metafile.outputs, 'build/worker.js': true };
  for (const file of readdirSync('build')) {
    if (file.endsWith('.js') && !(`build/${file}` in made)) rmSync(`build/${file}`);
  }
  if (existsSync('build/cli.js')) chmodSync('build/cli.js', 0o755);
  rmSync('build/types', { recursive: true, force: true });
  run('typescript', 'tsc', ['-p', 'src']);
  nameScripts('build/types');
  writeFileSync('build/types/worker.d.ts', 'export {};\n');
  const core = await weigh(CORE_IMPORT, root, external);
  const kB = (n) => `${(n / 1000).toFixed(1)} kB`;
  console.log(
    `kernels ${kB(coreBytes)} and ${kB(extraBytes)}, two passes and linkage in a page ${kB(core.bytes)}, ` +
      `${kB(core.gzip)} gzip`,
  );
  if (core.gzip > CORE_GZIP_BYTES) {
    console.error(
      `a page may load at most ${kB(CORE_GZIP_BYTES)} gzip at first: load rarely used code on first use`,
    );
    process.exitCode = 1;
  }
}
