/** Types of the package that many modules of the page use. */
export type { ChunkOptions, Source } from 'coppice';
