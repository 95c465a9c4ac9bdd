/**
 * Packs the project as `npm publish` would, installs the tarball in an empty folder, imports every entry and runs the command line
 * there. Checks the contents of the tarball and the size of the core, and runs publint and "Are the types wrong?".
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { weigh } from '../.config/weigh.mjs';

/** gzip bytes that a page needs for two passes over vectors, including WebAssembly. */
const CORE_BUDGET = 60_000;
const ALLOWED =
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|build\/[\w-]+\.js|build\/(kernels|extra)\.wasm|build\/types\/[\w/.-]+\.d\.ts)$/;

const run = (command, args, options) => execFileSync(command, args, { encoding: 'utf8', ...options });
const fail = (message) => {
  console.error(message);
  process.exit(1);
};

const folder = mkdtempSync(path.join(tmpdir(), 'coppice-pack-'));
try {
  const [packed] = JSON.parse(
    run('npm', ['pack', '--json', '--pack-destination', folder]).replace(/^[^[]*/, ''),
  );
  const strange = packed.files.map((f) => f.path).filter((f) => !ALLOWED.test(f));
  if (strange.length > 0) fail(`the tarball holds files that users do not need: ${strange.join(', ')}`);
  console.log(`${packed.filename}: ${packed.files.length} files, ${packed.size} bytes packed`);
  const tarball = path.join(folder, packed.filename);
  const tool = (name, ...args) =>
    run(process.execPath, [path.join('node_modules', name), ...args, tarball], { stdio: 'inherit' });
  tool('publint/src/cli.js', 'run', '--strict');
  tool('@arethetypeswrong/cli/dist/index.js', '--profile', 'esm-only', '--format', 'ascii', '--quiet');
  console.log('publint and attw found no problem');

  const home = path.join(folder, 'app');
  cpSync('examples', path.join(home, 'examples'), { recursive: true });
  writeFileSync(path.join(home, 'package.json'), '{"type":"module","private":true}\n');
  run('npm', ['install', '--no-audit', '--no-fund', tarball], { cwd: home });

  const { exports } = JSON.parse(readFileSync('package.json', 'utf8'));
  const entries = Object.keys(exports).filter((e) => !e.endsWith('.json'));
  const script = entries
    .map((e) => `import * as m${entries.indexOf(e)} from '${path.posix.join('coppice', e)}';`)
    .join('\n');
  writeFileSync(
    path.join(home, 'use.mjs'),
    `${script}
import { linkage, fcluster } from 'coppice';
const Z = await linkage([[0, 0], [0, 1], [5, 5], [5, 6]], { method: 'ward' });
const labels = fcluster(Z, 2, { criterion: 'maxclust' });
if (labels.join() !== '1,1,2,2') throw new Error(labels.join());
console.log('imported ${entries.join(', ')}; clustered:', labels.join());
`,
  );
  process.stdout.write(run(process.execPath, ['use.mjs'], { cwd: home }));
  const bin = path.join(home, 'node_modules', '.bin', 'coppice');
  const args = [
    'cluster',
    'examples/alanine-dipeptide.h5',
    '--clusters',
    '3',
    '--stride',
    '5',
    '--metric',
    'rmsd',
  ];
  const summary = JSON.parse(run(bin, [...args, '--json', '--out', 'labels.npy'], { cwd: home }));
  if (summary.rows !== 4000) fail(`the packed command clustered ${JSON.stringify(summary)}`);
  console.log(`the packed command clustered ${summary.rows} rows`);

  const wanted = `export { twoPass, assign, Model } from 'coppice'`;
  const { gzip: weight } = await weigh(wanted, home, ['node:*', 'h5wasm', 'h5wasm/*']);
  console.log(`core bundle: ${weight} bytes gzip of ${CORE_BUDGET}`);
  if (weight > CORE_BUDGET) fail('the core bundle is over its budget');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
