import { expect, test } from 'vitest';
import { notLoaded } from '../../src/support/text/not-loaded.ts';

const text = (library: string, cause: unknown) =>
  notLoaded('a.h5: HDF5 files need the package', library, cause).message;

test('a package that is missing is to be installed; a part of it belongs to it', () => {
  const missing = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
  expect(text('h5wasm/node', missing)).toBe(
    'a.h5: HDF5 files need the package "h5wasm/node", which did not load; install it (npm install h5wasm, or deno add npm:h5wasm)',
  );
  expect(text('@a/b', missing)).toContain('npm install @a/b,');
});

test("Deno's permissions are named; other causes are kept", () => {
  const denied = Object.assign(new Error('Requires env access, run again with the --allow-env flag'), {
    name: 'NotCapable',
  });
  expect(text('h5wasm', denied)).toMatch(
    /did not load: Requires env access, run again with the --allow-env flag$/,
  );
  const other = new SyntaxError('Unexpected token');
  const error = notLoaded('x', 'y', other);
  expect(error.message).toMatch(/did not load; install it \(npm install y, or deno add npm:y\)$/);
  expect([error.cause, error.code]).toEqual([other, 'ERR_PLATFORM']);
});
