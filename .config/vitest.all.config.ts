/** The tests of `npm run test:all`. */
import { config } from './vitest.config.ts';

export default config(true);
