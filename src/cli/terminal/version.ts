import * as fs from 'node:fs';

/** The package's version, from package.json, which is one folder above the built file. */
export function version(): string {
  const manifest = fs.readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return JSON.parse(manifest).version;
}
