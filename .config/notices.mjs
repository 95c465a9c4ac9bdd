/**
 * The licences of the packages bundled into build/. Run after a build, this writes them to LICENSE, below our own. A test compares
 * them.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const RULE = '\n' + '-'.repeat(80) + '\n\n';

/** Names of the packages whose code is in the bundles, from esbuild's metafiles. */
export function bundledPackages(metafiles) {
  const names = new Set();
  for (const { outputs } of metafiles) {
    for (const { inputs } of Object.values(outputs)) {
      for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
        const [, name] = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(file) ?? [];
        if (name && bytesInOutput > 0) names.add(name);
      }
    }
  }
  return [...names].sort();
}

function licenceOf(name) {
  const folder = path.join(root, 'node_modules', name);
  const { version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  // The loader has the compiler's licence, whose text is in the compiler's package.
  const place = name === '@assemblyscript/loader' ? path.join(folder, '../../assemblyscript') : folder;
  const file = readdirSync(place).find((entry) => /^licen[cs]e/i.test(entry));
  if (!file) throw new Error(`${name} brings no licence`);
  const text = readFileSync(path.join(place, file), 'utf8').replace(/\r/g, '').trim();
  return `${name} ${version} (${license})\n\n${text}\n`;
}

/** The expected text of LICENSE. */
export function licences(names) {
  const own = readFileSync(path.join(root, 'LICENSE'), 'utf8').split(RULE)[0].trimEnd();
  return `${own}\n${[
    'The scripts in build/ hold code of the packages below, under the licences that follow.\n',
    ...names.map(licenceOf),
  ]
    .map((part) => RULE + part)
    .join('')}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const list = path.join(root, 'build/kernels/bundled.json');
  if (!existsSync(list)) throw new Error('build first');
  writeFileSync(path.join(root, 'LICENSE'), licences(JSON.parse(readFileSync(list, 'utf8'))));
}
