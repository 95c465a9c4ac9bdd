import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    setupFiles: [fileURLToPath(new URL('./setup.ts', import.meta.url))],
    reporters: ['default', fileURLToPath(new URL('./summary.ts', import.meta.url))],
  },
});
