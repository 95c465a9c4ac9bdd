/**
 * Peers in JavaScript. bench/package.json pins their versions, and the first run installs them into bench/node_modules. They run
 * in this process, in turns with ours. A missing package is skipped by name.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
const manifestOf = (name) => path.join(folder, 'node_modules', name, 'package.json');
const { dependencies } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
const found = new Map();
let trouble;

/** Install missing packages; called once per run. @returns why it failed, or '' */
function install() {
  const missing = Object.keys(dependencies).filter((name) => !existsSync(manifestOf(name)));
  if (missing.length === 0) return '';
  process.stderr.write(`bench: installing ${missing.join(', ')} into bench/node_modules\n`);
  const { status, error, stderr } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  return status === 0 ? '' : `npm ci in bench/ failed: ${error?.message ?? stderr.trim().split('\n').at(-1)}`;
}

/** The package of a peer named `PACKAGE what`: {module, version}, or {why} if it is not available. */
export async function jsPeer(op) {
  const name = op.split(' ')[0];
  if (!found.has(name)) {
    trouble ??= install();
    try {
      const { version } = JSON.parse(readFileSync(manifestOf(name), 'utf8'));
      found.set(name, { name, version, module: await import(name) });
    } catch (error) {
      found.set(name, { name, why: trouble || error.message.split('\n')[0] });
    }
  }
  return found.get(name);
}
