/** docs/api.md is what the package offers: a change of the public API shows there. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { describeApi } from '../../.config/api.mjs';

it('docs/api.md lists every public name as it is [node .config/api.mjs writes it]', () => {
  const file = fileURLToPath(new URL('../../docs/api.md', import.meta.url));
  expect(readFileSync(file, 'utf8')).toBe(describeApi());
});

it('every source that open() gives is exported by src/sources/index.ts', () => {
  const types = fileURLToPath(new URL('../../build/types/sources', import.meta.url));
  const registry = readFileSync(`${types}/formats.d.ts`, 'utf8');
  const given = new Set(Array.from(registry.matchAll(/FormatEntry<.*?(\w+Source)>/g), ([, name]) => name));
  const entry = readFileSync(`${types}/index.d.ts`, 'utf8');
  expect(given.size).toBeGreaterThan(5);
  expect([...given].filter((name) => !new RegExp(`\\b${name}\\b`).test(entry))).toEqual([]);
});
