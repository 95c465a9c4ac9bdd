/**
 * Coppice: clustering of data that does not fit in memory.
 *
 * Heavy calls are asynchronous and take a trailing options object; tree functions are synchronous.
 * Names are SciPy's in camelCase.
 */
export { METRICS, type Metric } from './distance/metrics.ts';
export { cdist, pdist } from './distance/pdist.ts';
export {
  isValidDm,
  isValidY,
  numObsDm,
  numObsY,
  squareform,
} from './distance/squareform.ts';
export { BadRowError, type ErrorCode, FormatError, MemoryLimitError, PlatformError } from './errors.ts';
export { type LinkageOptions, linkage } from './hierarchy/linkage.ts';
export { METHODS, type Method } from './hierarchy/methods.ts';
export { type Assignment, type AssignOptions, assign } from './pipeline/assign.ts';
export { createModel, Model } from './pipeline/model.ts';
export { type Cut, type Plan, plan, type Shape, type TwoPassOptions } from './pipeline/plan.ts';
export { type TwoPass, twoPass } from './pipeline/twopass.ts';
export { close } from './runtime/engine.ts';
export type {
  ByteSource,
  Chunk,
  ChunkOptions,
  CoppiceWarning,
  FloatArray,
  Matrix,
  Progress,
  Run,
  Source,
  Vectors,
  Z,
} from './types.ts';
