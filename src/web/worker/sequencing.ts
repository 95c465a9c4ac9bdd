/** Holds a file of sequences in the worker: each distinct sequence once. The vectors are computed when first needed. */
import { type CoppiceWarning, MemoryLimitError } from 'coppice';
import { encodeSequences, openSequences, readSequences, report, type SequenceSet } from 'coppice/sequences';
import { fromArray } from 'coppice/sources';
import { noteOf } from './notes.ts';
import type { Source } from './package-types.ts';
import type { Info, Members, ReadChoice } from './protocol.ts';

/** Sequences that the page shows from the file and from a cluster. */
const SHOWN = { head: 6, members: 8 };
/** Numbers per residue: the default properties of `encodeSequences`. */
const PROPERTIES_EACH = 4;
/** Bytes per distinct sequence besides its letters, the same estimate as in `readSequences`. */
const EACH_BYTES = 120;
/** Lines of text that are joined at a time. */
const LINES = 65_536;

export interface Running {
  memory: number;
  signal?: AbortSignal;
  onProgress?(progress: { phase: string; done: number; total?: number }): void;
}

/** Distinct sequences, and their vectors. */
export class Sequences {
  readonly info: Info;
  readonly #set: SequenceSet;
  /** Bytes of sequences and vectors together, even if the vectors do not exist yet. */
  readonly bytes: number;
  #source: Source | undefined;

  constructor(set: SequenceSet, info: Info) {
    this.#set = set;
    this.info = info;
    const letters = set.sequences.reduce((sum, { length }) => sum + length, 0);
    this.bytes = EACH_BYTES * set.sequences.length + letters + 4 * set.sequences.length * info.cols;
  }

  /** @throws FormatError, RangeError and MemoryLimitError with the messages of `readSequences` */
  static async read(file: File, read: ReadChoice, { memory, signal }: Running): Promise<Sequences> {
    const notes: string[] = [];
    const reading = {
      signal,
      memoryLimit: memory,
      onBadRow: read.skipBad ? 'skip' : 'error',
      onWarning: (warning: CoppiceWarning) => {
        if (warning.code !== 'NO_THREADS') notes.push(noteOf(warning));
      },
    } as const;
    const source = await openSequences(file, reading);
    try {
      const set = await readSequences(source, reading);
      return new Sequences(set, { ...describe(file, set, source), notes: [...new Set(notes)] });
    } finally {
      await source.close();
    }
  }

  name(row: number): string {
    return this.#set.sequences[row];
  }

  /** The vectors, one row per distinct sequence. */
  async vectors({ memory, signal, onProgress }: Running): Promise<Source> {
    const { rows, name } = this.info;
    if (this.bytes > memory) {
      const hint = 'allow more memory, or use fewer sequences';
      throw new MemoryLimitError(`holding ${rows} sequences as vectors`, this.bytes, memory, hint);
    }
    if (!this.#source) {
      const matrix = await encodeSequences(this.#set.sequences, { memoryLimit: memory, signal, onProgress });
      const { cols, dtype, chunks } = fromArray(matrix);
      this.#source = { rows, cols, dtype, name, overheadBytes: this.bytes, scaled: true, chunks };
    }
    return this.#source;
  }

  /** Consensus and most frequent sequences of the given rows. */
  async members(rows: readonly number[]): Promise<Members | undefined> {
    if (rows.length === 0) return undefined;
    const { sequences, counts } = this.#set;
    const of = rows.map((row) => sequences[row]);
    const all = Uint32Array.from(of.keys());
    const [{ motif, length, aligned }] = (await report([all], of, { properties: ['z1'] })).clusters;
    const often = rows.toSorted((a, b) => counts[b] - counts[a] || a - b).slice(0, SHOWN.members);
    return { motif, length, aligned, size: rows.length, some: often.map((row) => sequences[row]) };
  }

  /** The labels as CSV, one line per distinct sequence. */
  async csv(pieces: AsyncIterable<{ start: number; labels: Int32Array }>): Promise<Blob> {
    const parts: BlobPart[] = ['sequence,cluster\n'];
    for await (const { start, labels } of pieces) {
      for (let at = 0; at < labels.length; at += LINES) {
        const some = labels.subarray(at, at + LINES);
        const lines = Array.from(some, (label, i) => `${this.#set.sequences[start + at + i]},${label}\n`);
        parts.push(new Blob([lines.join('')]));
      }
    }
    return new Blob(parts, { type: 'text/csv' });
  }
}

function describe(
  file: File,
  set: SequenceSet,
  { format, column }: { format: string; column?: string },
): Info {
  const { sequences, counts, total, skippedRows } = set;
  const longest = sequences.reduce((most, { length }) => Math.max(most, length), 0);
  const summary = {
    fasta: 'FASTA',
    lines: 'Text with one sequence on each line',
    table: `Text table, column ${column}`,
  }[format];
  return {
    name: file.name,
    format,
    summary: summary ?? format,
    rows: sequences.length,
    cols: PROPERTIES_EACH * Math.max(1, longest),
    dtype: 'f4',
    bytes: file.size,
    columns: undefined,
    atoms: undefined,
    atomNames: [],
    elements: [],
    head: [],
    notes: [],
    sequences: {
      total,
      longest,
      skipped: skippedRows,
      head: sequences.slice(0, SHOWN.head).map((sequence, i) => ({ sequence, count: counts[i] })),
    },
  };
}

/** Whether a file is a table with the AIRR column `junction_aa`. */
export async function hasJunctions(file: File): Promise<boolean> {
  try {
    const source = await openSequences(file);
    await source.close();
    return source.column?.toLowerCase() === 'junction_aa';
  } catch {
    return false;
  }
}
