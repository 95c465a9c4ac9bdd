/** The command line's words for the options and the advice in messages of the library, by the keys of their parts. */

import type { Wording } from '../../messages.ts';

/** An option with its values: '--missing drop-rows or mean'. */
const flag =
  (name: string) =>
  (...values: unknown[]): string =>
    `--${name}${values.length > 0 ? ` ${values.join(', ').replace(/, ([^,]*)$/, ' or $1')}` : ''}`;

/** Text that may be amino acids rather than a name. */
const mayBeSequence = (text: unknown) =>
  typeof text === 'string' && /^[ACDEFGHIKLMNPQRSTVWY]{6,}$/.test(text) && !/^[ACGTN]{9,}$/.test(text);

export const FLAGS: Wording = {
  input: 'INPUT',
  annotations: '--by or --against',
  'input-prefix': '',
  ...Object.fromEntries(
    Object.entries({
      array: 'array',
      atoms: 'atoms',
      chunkRows: 'chunk-rows',
      clusterSize: 'cluster-size',
      'clusters.depth': 'depth',
      'clusters.distance': 'distance',
      'clusters.inconsistent': 'inconsistent',
      columns: 'columns',
      comment: 'comment',
      dataset: 'dataset',
      decimal: 'decimal',
      delimiter: 'delimiter',
      encoding: 'encoding',
      externalFiles: 'external-files',
      how: 'join-how',
      idColumn: 'id-column',
      k: 'k',
      'leaders.perCluster': 'leaders',
      'leaders.pick': 'pick',
      maxLength: 'max-length',
      memoryLimit: 'memory',
      method: 'method',
      metric: 'metric',
      missing: 'missing',
      onBadRow: 'on-bad-row',
      overlap: 'overlap',
      pruning: 'pruning',
      sample: 'sample',
      sheet: 'sheet',
      thousands: 'thousands',
    }).map(([key, name]) => [key, flag(name)]),
  ),
  header: (header) => (header === false ? '--no-header' : '--header'),
  'leave-column': (field) =>
    mayBeSequence(field)
      ? "; if these are sequences, 'coppice batch run --sequences' clusters them"
      : undefined,
  'or-line-bytes': '',
  'pass-format': 'name the file accordingly',
  'use-h5ad': 'name',
  'trust-external-files': 'if you trust it, pass --external-files',
  zscore: '--scale zscore',
  assign: 'write them with --out',
  twoPass: "'coppice cluster'",
  'batch-train': "'coppice batch train'",
  'batch-clean': "'coppice batch clean'",
  'batch-resume': "'coppice batch add'",
};
