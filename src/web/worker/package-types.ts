/** Types of the package that many modules of the page use. */
export type { ChunkOptions, Matrix, Source } from 'coppice';
