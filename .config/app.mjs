/**
 * Builds the page in build/app from src/web and the built package, and checks its size. With `--serve` it serves the page with the
 * headers that allow threads to share memory.
 */
import { createHash } from 'node:crypto';
import { cpSync, createReadStream, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import * as esbuild from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
export const APP = path.join(root, 'build', 'app');
/** gzip bytes of all files of a first visit; readers are loaded when a file needs them. */
const BUDGET = 250_000;

/** Build the page in a folder, which is emptied first. */
export async function buildApp(out = APP) {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(path.join(out, 'examples'), { recursive: true });
  const shared = {
    absWorkingDir: root,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2023',
    platform: 'browser',
    legalComments: 'linked',
    logLevel: 'warning',
  };
  const { metafile } = await esbuild.build({
    ...shared,
    entryPoints: {
      main: 'src/web/main.tsx',
      work: 'src/web/worker/worker.ts',
      style: 'src/web/style.css',
      // A file of its own, so that only the worker for HDF5, which can be terminated, loads it.
      h5wasm: 'node_modules/h5wasm/dist/esm/hdf5_hl.js',
    },
    define: { 'import.meta.resolve': 'resolveModule' },
    inject: ['src/web/resolve.ts'],
    outdir: out,
    splitting: true,
    chunkNames: 'chunk-[hash]',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    metafile: true,
    external: ['node:*'],
  });
  for (const name of ['index.html', 'icon.svg'])
    cpSync(path.join(root, 'src/web', name), path.join(out, name));
  cpSync(path.join(root, 'examples/alanine-dipeptide.h5'), path.join(out, 'examples/alanine-dipeptide.h5'));

  const first = firstLoad(metafile, out);
  const weigh = (files) =>
    files.reduce((sum, name) => sum + gzipSync(readFileSync(path.join(out, name)), { level: 9 }).length, 0);
  const later = readdirSync(out).filter((name) => /\.(js|wasm)$/.test(name) && !first.includes(name));
  const version = createHash('sha256');
  for (const name of first) version.update(name).update(readFileSync(path.join(out, name)));
  const files = ['./', ...first.filter((name) => name !== 'index.html')];
  await esbuild.build({
    ...shared,
    entryPoints: ['src/web/sw.ts'],
    outfile: path.join(out, 'sw.js'),
    format: 'iife',
    define: {
      LATER: JSON.stringify([...later, 'examples/alanine-dipeptide.h5']),
      FILES: JSON.stringify(files),
      VERSION: JSON.stringify(version.digest('hex').slice(0, 12)),
    },
  });
  const weight = weigh([...first, 'sw.js']);
  const kB = (n) => `${(n / 1000).toFixed(1)} kB`;
  console.log(`page ${kB(weight)} gzip in ${first.length + 1} files, readers on demand ${kB(weigh(later))}`);
  if (weight > BUDGET) throw new Error(`the page weighs ${weight} bytes gzip, and may weigh ${BUDGET}`);
}

/** All files that are loaded before a file is chosen: the page, its worker, and their static imports. */
function firstLoad({ outputs }, out) {
  const names = new Set(['index.html', 'icon.svg', 'style.css']);
  const found = new Map(Object.entries(outputs).map(([name, output]) => [path.resolve(root, name), output]));
  const visit = (output) => {
    const name = path.relative(out, path.resolve(root, output));
    if (names.has(name)) return;
    names.add(name);
    for (const { path: to, kind } of found.get(path.resolve(root, output)).imports)
      if (kind === 'import-statement') visit(to);
  };
  for (const entry of ['main.js', 'work.js']) visit(path.join(out, entry));
  return [...names];
}

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.txt': 'text/plain; charset=utf-8',
};

/** Serve the page; with `isolated` false, like a host that cannot set headers. */
export function serveApp({ dir = APP, port = 0, isolated = true, host = '127.0.0.1' } = {}) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const name = path.normalize(
      decodeURIComponent(pathname.endsWith('/') ? `${pathname}index.html` : pathname),
    );
    const file = path.join(dir, name);
    const found = file.startsWith(dir + path.sep) && statSync(file, { throwIfNoEntry: false });
    if (!found?.isFile()) {
      response.writeHead(404).end('not found');
      return;
    }
    response.writeHead(200, {
      'Content-Type': TYPES[path.extname(file)] ?? 'application/octet-stream',
      'Content-Length': found.size,
      'Cache-Control': 'no-cache',
      ...(isolated
        ? {
            'Cross-Origin-Opener-Policy': 'same-origin',
            'Cross-Origin-Embedder-Policy': 'require-corp',
            'Cross-Origin-Resource-Policy': 'same-origin',
          }
        : {}),
    });
    createReadStream(file).pipe(response);
  });
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(port, host, () => {
      const close = () =>
        new Promise((done) => {
          server.close(() => done(undefined));
          server.closeAllConnections();
        });
      resolve({ url: `http://localhost:${server.address().port}/`, close });
    });
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildApp();
  if (process.argv.includes('--serve')) {
    const { url } = await serveApp({ port: Number(process.env.PORT ?? 8080) });
    console.log(`the page is at ${url} (Ctrl-C ends it)`);
  }
}
