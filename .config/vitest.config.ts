/** The tests of `npm test`: all but the slow ones, which `npm run test:all` runs too. */
import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';

/** Browsers, servers, faults at every place, and whatever else takes minutes. */
const SLOW = [
  'test/web/*.test.ts',
  'test/platform/*.test.ts',
  'test/examples/edge.test.ts',
  'test/faults/*.test.ts',
  'test/batches/faults.test.ts',
  'test/contract/allocation-faults.test.ts',
  'test/fuzz/*.test.ts',
  'test/sources/hdf5/stops.test.ts',
  'test/sources/bytes/http.test.ts',
  'test/web/state/*.test.ts',
];

export const config = (all: boolean) =>
  defineConfig({
    test: {
      root: fileURLToPath(new URL('..', import.meta.url)),
      include: ['test/**/*.test.ts'],
      exclude: [...configDefaults.exclude, ...(all ? [] : SLOW)],
      testTimeout: 60_000,
      hookTimeout: 60_000,
      pool: 'forks',
      setupFiles: [fileURLToPath(new URL('./setup.ts', import.meta.url))],
      reporters: ['default', fileURLToPath(new URL('./summary.ts', import.meta.url))],
    },
  });

export default config(false);
