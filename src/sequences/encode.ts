import { MemoryLimitError, rangeError } from '../errors.ts';
import { checkInputs, keepWithin, ownOptions } from '../runtime/memory/inputs.ts';
import { readRun } from '../runtime/run.ts';
import { allocate, guard } from '../support/allocate.ts';
import { checkArray, checkNumber, checkOptions, RUN_OPTIONS, wrongType } from '../support/checks.ts';
import { inSteps } from '../support/scheduling.ts';
import type { Matrix, Run } from '../types.ts';
import { refuseNucleotides } from './letters.ts';
import { AMINO_ACIDS, type Property, propertyValues, readProperties } from './properties.ts';

/** Options of `encodeSequences`. */
export interface EncodeOptions extends Run {
  /** Default: mutationStability, z1, z2, z3. */
  properties?: readonly Property[];
  /** Length of a row in residues, such as that of a trained model. Default: the length of the longest sequence. */
  length?: number;
}

/**
 * Encode sequences as vectors. A property's value replaces each residue. The sequence stands in the middle of a row of
 * `length` zeros. The rows of all properties follow one another.
 *
 * @returns float32, one row per sequence, properties x length columns. If the number of zeros is odd, the sequence is nearer
 *   to the beginning. `scaled` says that columns have the scales that they should have, so `twoPass` gives no advice on them
 * @throws TypeError for other types; RangeError for a sequence that is empty or longer than `length`, for letters that are
 *   no amino acids (lower case is refused), for nucleotides, and for unknown properties; MemoryLimitError
 */
export async function encodeSequences(
  sequences: readonly string[],
  options: EncodeOptions = {},
): Promise<Matrix & { data: Float32Array; scaled: true }> {
  checkArray(sequences, 'sequences', 'an array of strings');
  const known = { properties: true, length: true, ...RUN_OPTIONS } as const;
  checkOptions(options, known, 'encodeSequences', '{ length: 24 }');
  const properties = readProperties(options.properties);
  const run = readRun(options);
  options = ownOptions(options, run.inputs);
  const given = { sequences };
  run.inputs.hold(given, 'sequences');
  let longest = 0;
  await inSteps(given.sequences.length, 50_000, run.signal, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const sequence = given.sequences[i];
      if (typeof sequence !== 'string') throw wrongType(`sequence ${i}`, 'a string', sequence);
      if (sequence.length === 0) throw rangeError(`sequence ${i} is empty`);
      refuseNucleotides(sequence, `sequence ${i}`);
      if (sequence.length > longest) longest = sequence.length;
    }
  });
  const { length = Math.max(1, longest) } = options;
  checkNumber(length, 'length', 'a whole number from 1', (x) => Number.isSafeInteger(x) && x >= 1);
  if (longest > length) {
    const i = given.sequences.findIndex((one) => one.length > length);
    throw rangeError(
      `sequence ${i} has ${given.sequences[i].length} residues, but at most ${length} are allowed (the length of training); train with length ${longest} or more`,
    );
  }
  const cols = properties.length * length;
  const rows = given.sequences.length;
  const bytes = 4 * rows * cols;
  if (bytes > run.limit) {
    const fit = Math.floor(run.limit / (4 * cols));
    throw new MemoryLimitError(
      `the vectors of ${rows} sequences`,
      bytes,
      run.limit,
      `${fit} at a time would fit`,
    );
  }
  keepWithin(run.inputs, run.limit - bytes);
  const data = allocate(Float32Array, rows * cols, `the vectors of ${rows} sequences`);
  const tables = guard(() => properties.map((property) => byCode(propertyValues(property))));
  await inSteps(rows, Math.ceil(100_000 / cols), run.signal, (begin, end) => {
    for (let i = begin; i < end; i++) fill(data, i * cols, given.sequences[i], i, length, tables);
    run.progress({ phase: 'vectors', done: end, total: rows });
  });
  checkInputs(run.inputs);
  return { data, rows, cols, scaled: true };
}

/** Property values by character code; NaN for characters that are no amino acids. */
function byCode(values: Float64Array): Float64Array {
  const table = new Float64Array(128).fill(Number.NaN);
  for (let i = 0; i < values.length; i++) table[AMINO_ACIDS.charCodeAt(i)] = values[i];
  return table;
}

function fill(
  data: Float32Array,
  row: number,
  sequence: string,
  index: number,
  length: number,
  tables: readonly Float64Array[],
): void {
  let at = row + Math.floor((length - sequence.length) / 2);
  for (let i = 0; i < sequence.length; i++, at++) {
    const code = sequence.charCodeAt(i);
    if (!(tables[0][code] <= Infinity)) {
      throw rangeError(
        `sequence ${index} has ${JSON.stringify(sequence[i])} at position ${i}; allowed are the amino acids ${AMINO_ACIDS}`,
      );
    }
    for (let p = 0; p < tables.length; p++) data[at + p * length] = tables[p][code];
  }
}
