/** Finds the centroids of preclusters from a sample. */

import { rangeError } from '../errors.ts';
import { kmeans } from '../kmeans/kmeans.ts';
import { option, say } from '../messages.ts';
import { type Model, makeModel } from '../model/model.ts';
import type { RunState } from '../runtime/run.ts';
import { wrongType } from '../support/checks.ts';
import { Random } from '../support/numbers/random.ts';
import { yieldInPage } from '../support/scheduling.ts';
import { describe } from '../support/text/describe.ts';
import type { Matrix, Run, Source } from '../types.ts';
import { type Sequences, sequenceLists } from './add.ts';
import { sequenceOf } from './genes.ts';
import type { RunFacts } from './manifest.ts';
import type { SettledTraining } from './options.ts';
import { encodeBatch, encodedBytes, encodingOf, whyNoSequence } from './sequences.ts';

/** Most passes over the sample. Further passes improve little, and the centroids are only a means to divide the data. */
const MOST_ITERATIONS = 25;

/**
 * Draw at most `sample` sequences, each with equal probability, and find the greatest length of all. If bad sequences are
 * skipped, they count for neither.
 */
async function drawSequences(
  sequences: Sequences,
  { sample: most, badRows, maxLength = Number.POSITIVE_INFINITY }: SettledTraining,
  run: RunState,
): Promise<{ drawn: string[]; longest: number; vGenes: boolean | undefined }> {
  const random = new Random(run.seed);
  const drawn: string[] = [];
  let row = 0;
  let seen = 0;
  let longest = 1;
  let vGenes: boolean | undefined;
  for await (const part of sequenceLists(sequences)) {
    run.signal?.throwIfAborted();
    vGenes = part.vGenes;
    for (const text of part.list) {
      if (typeof text !== 'string') throw wrongType(`sample[${row}]`, 'a string', text);
      const sequence = part.vGenes ? sequenceOf(text) : text;
      row++;
      if (badRows === 'skip' && whyNoSequence(sequence, { maxLength }) !== undefined) continue;
      longest = Math.max(longest, sequence.length);
      // Reservoir sampling: the i-th sequence replaces a random one of those kept with probability most / i.
      const at = seen++ < most ? drawn.length : random.below(seen);
      if (at < most) drawn[at] = sequence;
    }
    await yieldInPage();
  }
  if (seen === 0) {
    const what = row === 0 ? 'is empty' : `has ${row} rows, but none is a valid sequence`;
    throw rangeError(`the sample ${what}; centroids need at least one sequence`);
  }
  return { drawn, longest, vGenes };
}

/**
 * Train the preclusters.
 * @throws RangeError if the sample has fewer rows than preclusters
 */
export async function trainPreclusters(
  sample: { source: Source } | { sequences: Sequences },
  settled: SettledTraining,
  run: RunState,
  options: Run,
): Promise<{ facts: RunFacts; model: Model }> {
  const { k, maxLength, properties } = settled;
  const overlap = Math.min(settled.overlap, k);
  const shared = { preclusters: k, overlap, seed: run.seed };
  let source: Source | Matrix;
  let facts: RunFacts;
  let limit = run.limit;
  if ('sequences' in sample) {
    const { drawn, longest, vGenes } = await drawSequences(sample.sequences, settled, run);
    const encoding = encodingOf(maxLength ?? longest, properties);
    facts = { kind: 'sequences', dtype: 'f4', ...encoding, ...shared, ...(vGenes ? { vGenes } : {}) };
    for (const sequence of drawn) {
      const why = whyNoSequence(sequence, facts);
      if (why !== undefined) throw rangeError(say`the sample holds ${describe(sequence)}, which ${why}`);
    }
    // Encoded sequences are larger than their text. Half of the limit is for the copies of k-means.
    const fit = Math.max(k, Math.floor(limit / 2 / encodedBytes(facts)));
    drawn.length = Math.min(drawn.length, fit);
    source = await encodeBatch(drawn, facts, { signal: run.signal, memoryLimit: limit / 2 });
    limit -= source.data.byteLength;
  } else {
    source = sample.source;
    facts = { kind: 'vectors', cols: source.cols, dtype: (source as Source).dtype, ...shared };
  }
  const { rows } = source;
  if (rows !== undefined && rows < k) {
    throw rangeError(
      say`the sample has ${rows} rows, too few for ${k} preclusters; use a larger sample, or a smaller ${option('k')} or larger ${option('clusterSize')}`,
    );
  }
  const { signal, onProgress, threads, seed } = options;
  // Columns of encoded sequences have the scales that they should have.
  const onWarning: Run['onWarning'] = (warning) => {
    if (warning.code !== 'SCALES_DIFFER' || facts.kind === 'vectors') run.warn(warning);
  };
  const { model } = await kmeans(source, {
    ...{ signal, onProgress, onWarning, threads, seed },
    memoryLimit: Math.max(1, limit),
    ...{ k, sample: settled.sample, maxIter: MOST_ITERATIONS, labels: false, tol: 1e-3 },
    onBadRow: settled.badRows,
  });
  const labels = Int32Array.from({ length: k }, (_, i) => i + 1);
  const { leaders, preparation } = model;
  return { facts, model: makeModel({ leaders, labels, preparation }) };
}
