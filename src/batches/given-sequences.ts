import type { Sequences } from './add.ts';

/** Whether the data are sequences, as far as can be seen: a source of vectors has columns, a matrix has numbers. */
export function isSequences(data: unknown): data is Sequences {
  if (Array.isArray(data)) return typeof data[0] === 'string';
  if (typeof data !== 'object' || data === null) return false;
  // Tables and matrices can be iterated too.
  if (['cols', 'columns', 'columnNames', 'getChild', 'shape', 'dims'].some((key) => key in data))
    return false;
  return 'chunks' in data || 'sequences' in data || Symbol.iterator in data || Symbol.asyncIterator in data;
}
