import { MemoryLimitError, rangeError } from '../errors.ts';
import { option, say } from '../messages.ts';
import { type RunState, readRun } from '../runtime/run.ts';
import type { BytesInput } from '../sources/bytes/bytes.ts';
import { guard } from '../support/allocate.ts';
import { checkOneOf, checkOptions, RUN_OPTIONS, wrongType } from '../support/checks.ts';
import type { Run } from '../types.ts';
import { flawOf } from './letters.ts';
import { openChecked, SEQUENCE_OPTIONS, type SequenceOptions, type SequenceSource } from './source.ts';

/** Options of `readSequences`. */
export interface ReadSequencesOptions extends SequenceOptions, Run {}

/** Distinct sequences in the order of their first occurrence. With V genes, distinct pairs of sequence and gene. */
export interface SequenceSet {
  sequences: string[];
  /** Number of occurrences of each. */
  counts: Uint32Array;
  /** The V gene of each, without its allele; '' if unknown. Only if a `vColumn` was read. */
  vGenes?: string[];
  /** Number of sequences read, with repeats. */
  total: number;
  /** Number of rows skipped, with `onBadRow: 'skip'`. */
  skippedRows: number;
}

const CHUNK_ROWS = 4096;
/** Bytes of a distinct sequence in addition to its letters: string header, entries in array and map, count. */
const EACH_BYTES = 120;

/**
 * Read all sequences of a file, an open source or an array: each distinct sequence once, with its count.
 *
 * @throws as `openSequences`, also for an array; MemoryLimitError as soon as the distinct sequences take too much memory
 *
 * Warns (BAD_ROWS_SKIPPED) with the number of rows that `onBadRow: 'skip'` skipped, and the first of them.
 * Memory: about 120 bytes plus its letters for each distinct sequence.
 */
export async function readSequences(
  input: BytesInput | SequenceSource | readonly string[],
  options: ReadSequencesOptions = {},
): Promise<SequenceSet> {
  const known = { ...SEQUENCE_OPTIONS, ...RUN_OPTIONS };
  checkOptions(options, known, 'readSequences', "{ column: 'junction_aa' }");
  const run = readRun(options);
  if (Array.isArray(input)) {
    return collect(fromList(input, options), run);
  }
  const isOpen = typeof input === 'object' && typeof (input as Partial<SequenceSource>).chunks === 'function';
  if (isOpen) return collect(input as SequenceSource, run);
  const source = await openChecked(input as BytesInput, options);
  try {
    return await collect(source, run);
  } finally {
    await source.close();
  }
}

async function collect(source: SequenceSource, run: RunState): Promise<SequenceSet> {
  const indexes = new Map<string, number>();
  const sequences: string[] = [];
  const genes: string[] = [];
  const counts: number[] = [];
  let vGenes: string[] | undefined;
  let total = 0;
  let bytes = source.overheadBytes ?? 0;
  for await (const chunk of source.chunks({ chunkRows: CHUNK_ROWS, signal: run.signal })) {
    if (chunk.vGenes) vGenes = genes;
    for (let i = 0; i < chunk.sequences.length; i++) {
      const sequence = chunk.sequences[i];
      const gene = chunk.vGenes?.[i];
      const key = gene === undefined ? sequence : `${sequence} ${gene}`;
      const index = indexes.get(key);
      if (index !== undefined) {
        counts[index]++;
        continue;
      }
      const own = ownText(sequence);
      indexes.set(gene === undefined ? own : ownText(key), sequences.length);
      sequences.push(own);
      counts.push(1);
      bytes += EACH_BYTES + sequence.length;
      if (gene !== undefined) {
        genes.push(ownText(gene));
        bytes += EACH_BYTES;
      }
    }
    total += chunk.sequences.length;
    if (bytes > run.limit) {
      const what = `${sequences.length} distinct sequences of ${source.name}, and more to come,`;
      throw new MemoryLimitError(what, bytes, run.limit, 'read a part of them, or cluster in batches');
    }
    run.progress({ phase: 'read', done: total });
  }
  run.progress({ phase: 'read', done: total, total });
  const { skippedRows, firstSkipped } = source;
  if (skippedRows > 0) {
    const rows = skippedRows === 1 ? '1 row' : `${skippedRows} rows`;
    run.warn({
      code: 'BAD_ROWS_SKIPPED',
      message: `${source.name}: ${rows} skipped, because they are not valid sequences; the first: ${firstSkipped}`,
    });
  }
  return {
    sequences,
    counts: guard(() => Uint32Array.from(counts)),
    ...(vGenes ? { vGenes } : {}),
    total,
    skippedRows,
  };
}

/** A copy of the text. A substring may keep the whole piece of the file in memory that it was cut from. */
function ownText(text: string): string {
  return text.length > 1000
    ? new TextDecoder().decode(new TextEncoder().encode(text))
    : String.fromCharCode(...codesOf(text));
}

function codesOf(text: string): number[] {
  const codes = new Array<number>(text.length);
  for (let i = 0; i < text.length; i++) codes[i] = text.charCodeAt(i);
  return codes;
}

/** Options that only files have. */
const LIST_HAS_NONE = [
  ...(['format', 'column', 'vColumn', 'delimiter', 'comment', 'header'] as const),
  ...(['maxLineBytes', 'headers', 'fetch', 'timeout'] as const),
];

/** An array as a source. Messages name sequences by their index. */
function fromList(
  list: readonly string[],
  { onBadRow = 'error', ...others }: SequenceOptions,
): SequenceSource {
  checkOneOf(onBadRow, 'onBadRow', ['error', 'skip']);
  for (const own of LIST_HAS_NONE) {
    if (others[own] !== undefined)
      throw rangeError(say`${option(own)}: is an option for files, and the input is an array`);
  }
  const known: { skipped: number; first?: string } = { skipped: 0 };
  async function* pass(chunkRows: number, signal: AbortSignal | undefined) {
    let skipped = 0;
    let start = 0;
    let sequences: string[] = [];
    let rows: number[] = [];
    for (let i = 0; i < list.length; i++) {
      const sequence = list[i];
      if (typeof sequence !== 'string') throw wrongType(`sequence ${i}`, 'a string', sequence);
      const flaw = flawOf(sequence);
      if (!flaw) {
        sequences.push(sequence);
        rows.push(i);
      } else {
        const error = rangeError(`sequence ${i}: ${flaw.problem.replace('the field is', 'it is')}`);
        if (onBadRow === 'error') throw error;
        known.first ??= error.message;
        known.skipped = Math.max(known.skipped, ++skipped);
      }
      if (sequences.length < chunkRows) continue;
      yield { start, sequences, rows };
      signal?.throwIfAborted();
      start += sequences.length;
      sequences = [];
      rows = [];
    }
    if (sequences.length > 0) yield { start, sequences, rows };
  }
  return {
    name: others.name ?? 'the list',
    format: 'lines',
    column: undefined,
    rows: list.length,
    get skippedRows() {
      return known.skipped;
    },
    get firstSkipped() {
      return known.first;
    },
    chunks: ({ chunkRows, signal }) => pass(chunkRows, signal),
    close: async () => {},
  };
}
