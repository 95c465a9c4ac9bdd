/** The choices with which a file is first read and clustered. */
import type { FitChoice, ReadChoice } from '../worker/protocol.ts';

export const NO_READING: ReadChoice = {
  columns: [],
  idColumn: undefined,
  atoms: undefined,
  part: undefined,
  skipBad: false,
  missing: undefined,
  log2: false,
  scale: undefined,
};

export const PLAIN: FitChoice = {
  method: 'ward',
  metric: 'euclidean',
  sizing: undefined,
  profiles: false,
  seed: 0,
  memory: 256e6,
};
