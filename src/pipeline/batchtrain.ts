/** Finding the centroids of preclusters on a sample. */
import { describe } from '../describe.ts';
import { rangeError, typeError } from '../errors.ts';
import type { RunState } from '../runtime/run.ts';
import type { Matrix, Run, Source } from '../types.ts';
import type { RunFacts } from './batchlog.ts';
import type { SettledTraining } from './batchoptions.ts';
import { encodeBatch, encodingOf, whyNoSequence } from './batchsequences.ts';
import { kmeans } from './kmeans.ts';
import { createModel, type Model } from './model.ts';

/** Passes over the sample: what is gained later is little, and none of it is the result. */
const MOST_ITERATIONS = 25;

/**
 * Train.
 * @throws RangeError where the sample has fewer rows than there are to be preclusters
 */
export async function trainPreclusters(
  sample: { source: Source } | { sequences: readonly string[] },
  settled: SettledTraining,
  run: RunState,
  options: Run,
): Promise<{ facts: RunFacts; model: Model }> {
  let source: Source | Matrix;
  let facts: RunFacts;
  const { k, maxLength, properties } = settled;
  const overlap = Math.min(settled.overlap, k);
  const shared = { preclusters: k, overlap, seed: run.seed };
  if ('sequences' in sample) {
    const { sequences } = sample;
    if (sequences.length === 0) throw rangeError('the sample is empty; centroids need at least one sequence');
    const longest = sequences.reduce((most, one) => Math.max(most, one.length), 1);
    const encoding = encodingOf(maxLength ?? longest, properties);
    facts = { kind: 'sequences', dtype: 'f4', ...encoding, ...shared };
    sequences.forEach((sequence, i) => {
      if (typeof sequence !== 'string')
        throw typeError(`sample[${i}] must be text, got ${describe(sequence)}`);
      const why = whyNoSequence(sequence, facts);
      if (why !== undefined) throw rangeError(`sample[${i}], ${describe(sequence)}, ${why}`);
    });
    source = await encodeBatch(sequences, facts, { signal: run.signal, memoryLimit: run.limit / 2 });
  } else {
    source = sample.source;
    facts = { kind: 'vectors', cols: source.cols, dtype: (source as Source).dtype, ...shared };
  }
  const rows = source.rows;
  if (rows !== undefined && rows < k) {
    throw rangeError(
      `the sample has ${rows} rows, too few for ${k} preclusters; give a larger sample, or take a smaller k or larger clusterSize`,
    );
  }
  const { centroids } = await kmeans(source, {
    ...options,
    ...{ k, maxIter: MOST_ITERATIONS, labels: false, tol: 1e-3 },
    onProgress: ({ done, total }) => run.progress({ phase: 'train', done, total }),
  });
  const labels = Int32Array.from({ length: k }, (_, i) => i + 1);
  return { facts, model: createModel({ leaders: centroids, labels }) };
}
