/** docs/api.md is what the package offers: a change of the public API shows there. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { describeApi } from '../../.config/api.mjs';

it('docs/api.md lists every public name as it is [node .config/api.mjs writes it]', () => {
  const file = fileURLToPath(new URL('../../docs/api.md', import.meta.url));
  expect(readFileSync(file, 'utf8')).toBe(describeApi());
});
