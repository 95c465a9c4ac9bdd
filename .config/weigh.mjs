/** Size of what a page loads of the package before it works: an import with its static imports, without dynamic ones. */
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import * as esbuild from 'esbuild';

/** What a page needs for two passes and for linkage, and most bytes of it, as gzip, that a page may load at first. */
export const CORE_IMPORT = `export { twoPass, assign, Model, linkage } from './build/index.js'`;
export const CORE_GZIP_BYTES = 60_000;

/**
 * Bundle and minify as a page's bundler does.
 * @param {string} contents a module
 * @param {string} folder where its imports are looked up
 * @param {string[]} external
 * @returns {Promise<{bytes: number, gzip: number}>}
 */
export async function weigh(contents, folder, external) {
  const { outputFiles, metafile } = await esbuild.build({
    stdin: { contents, resolveDir: folder },
    bundle: true,
    splitting: true,
    minify: true,
    write: false,
    metafile: true,
    outdir: path.join(folder, 'weighed'),
    format: 'esm',
    external,
    // Suppress esbuild's notes on imports without side effects.
    logLevel: 'error',
  });
  const { outputs } = metafile;
  const needed = new Set();
  const need = (file) => {
    if (needed.has(file)) return;
    needed.add(file);
    for (const one of outputs[file].imports)
      if (one.kind === 'import-statement' && !one.external) need(one.path);
  };
  // Dynamically imported modules are entry points too: only follow static imports.
  need(Object.keys(outputs).find((file) => outputs[file].entryPoint === '<stdin>'));
  const files = outputFiles.filter((file) => [...needed].some((name) => path.resolve(name) === file.path));
  if (files.length !== needed.size) throw new Error('a file of the bundle is missing');
  return {
    bytes: files.reduce((sum, { contents }) => sum + contents.length, 0),
    gzip: files.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0),
  };
}
