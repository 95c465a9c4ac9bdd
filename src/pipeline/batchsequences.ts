/** What batches of sequences take from src/sequences. */
import { rangeError } from '../errors.ts';
import { encodeSequences } from '../sequences/encode.ts';
import { AMINO_ACIDS, BEST_PROPERTIES, type Property } from '../sequences/properties.ts';
import type { Matrix, Run } from '../types.ts';
import type { RunFacts } from './batchlog.ts';

/** Lengths are written in 16 bits. */
const MOST_RESIDUES = 65_535;

/** Why text is no sequence that the run could take; undefined where it is one. */
export function whyNoSequence(sequence: string, { maxLength }: RunFacts): string | undefined {
  if (sequence === '') return 'is empty';
  if (sequence.length > (maxLength as number)) {
    return (
      `has ${sequence.length} residues, more than the ${maxLength} that the run was trained for; ` +
      'train with a larger maxLength'
    );
  }
  for (let i = 0; i < sequence.length; i++) {
    if (!AMINO_ACIDS.includes(sequence[i])) {
      return `holds ${JSON.stringify(sequence[i])} at place ${i + 1}; allowed are the 20 amino acids ${AMINO_ACIDS}`;
    }
  }
  return undefined;
}

/** What the encoding is, for the manifest. */
export function encodingOf(maxLength: number, properties: readonly Property[] = BEST_PROPERTIES) {
  if (maxLength > MOST_RESIDUES) {
    throw rangeError(`maxLength must be at most ${MOST_RESIDUES}, got ${maxLength}`);
  }
  return { cols: maxLength * properties.length, maxLength, properties: [...properties] };
}

/** Bytes of a sequence as it is encoded, with the text that it is encoded from. */
export function encodedBytes({ cols, maxLength }: RunFacts): number {
  return 4 * cols + 2 * (maxLength as number) + 32;
}

/** Sequences as the vectors that centroids are near to. */
export function encodeBatch(
  sequences: readonly string[],
  { maxLength, properties }: RunFacts,
  run: Run = {},
): Promise<Matrix> {
  return encodeSequences(sequences, { ...run, length: maxLength, properties });
}
