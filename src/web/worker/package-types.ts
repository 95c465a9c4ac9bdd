/** Types of the package that the page names often. */
export type { ChunkOptions, Matrix, Source } from 'coppice';
