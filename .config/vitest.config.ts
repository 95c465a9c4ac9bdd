/** The tests of `npm test`: all but the slow ones, which `npm run test:all` runs too. */
import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';

/** Browsers and servers, which want the machine for themselves. */
export const ALONE = ['test/web/*.test.ts', 'test/platform/*.test.ts', 'test/examples/edge.test.ts'];

/** These, faults at every place, and whatever else takes minutes. */
const SLOW = [
  ...ALONE,
  'test/faults/*.test.ts',
  'test/batches/faults.test.ts',
  'test/contract/allocation-faults.test.ts',
  'test/fuzz/*.test.ts',
  'test/sources/hdf5/stops.test.ts',
  'test/sources/bytes/http.test.ts',
  'test/web/state/*.test.ts',
  // Damage, stops and refusals in numbers, which take 10 to 30 s each.
  'test/batches/refusals.test.ts',
  'test/cli/outputs.test.ts',
  'test/runtime/abort.test.ts',
  'test/runtime/advice.test.ts',
  'test/runtime/turns.test.ts',
  'test/runtime/worker-group.test.ts',
  'test/sources/bytes/compressed.test.ts',
  'test/sources/bytes/gzip-members.test.ts',
  'test/sources/bytes/http-secrets.test.ts',
  'test/sources/bytes/once.test.ts',
  'test/sources/hdf5/trust.test.ts',
  'test/sources/trajectories/damage.test.ts',
];

/** What both commands have in common. */
export const common = (without: string[]) => ({
  root: fileURLToPath(new URL('..', import.meta.url)),
  include: ['test/**/*.test.ts'],
  exclude: [...configDefaults.exclude, ...without],
  testTimeout: 60_000,
  hookTimeout: 60_000,
  pool: 'forks' as const,
  // The default is one fewer than there are cores: on two cores one would be idle.
  maxWorkers: '100%',
  // The built files are tested as they are. The command line is loaded many times.
  server: { deps: { external: [/\/build\/[^/]+\.js/] } },
  setupFiles: [fileURLToPath(new URL('./setup.ts', import.meta.url))],
  reporters: ['default', fileURLToPath(new URL('./summary.ts', import.meta.url))],
});

export default defineConfig({ test: common(SLOW) });
