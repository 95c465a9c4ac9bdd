/**
 * The tests of `npm run test:all`. Browsers and servers come last and one file at a time: they have processes of their own,
 * and some measure times.
 */
import { configDefaults, defineConfig } from 'vitest/config';
import { ALONE, common } from './vitest.config.ts';

const { include, exclude, reporters, root, maxWorkers, ...each } = common([]);

export default defineConfig({
  test: {
    root,
    reporters,
    projects: [
      {
        test: {
          ...each,
          name: 'all',
          include,
          exclude: [...exclude, ...ALONE],
          maxWorkers,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...each,
          name: 'alone',
          include: ALONE,
          exclude: configDefaults.exclude,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
