/** Reads a file in the worker. Like the command line, it opens the file again for each pass. */
import type { Preparation } from 'coppice';
import { inspect, type OpenOptions, type OpenSource, open, prepare } from 'coppice/sources';
import { openSkipping } from '../../sources/skip-bad-rows.ts';
import { noteOf } from './notes.ts';
import type { Source } from './package-types.ts';
import type { Info, ReadChoice } from './protocol.ts';
import type { Running, Sequences } from './sequencing.ts';

/** Rows and columns that the page shows. */
const SHOWN = { rows: 6, cols: 12, facts: 30 };

/** A file up to this size is read to its end immediately if its number of rows is unknown. */
const COUNT_BYTES = 24e6;

/** Bytes read from the beginning of a file to find out whether it holds sequences. */
const HEAD_BYTES = 65_536;

/** Open or inspect a file with the options of the reader. Readers that do not know an option are asked again without it. */
async function reading<T>(
  read: ReadChoice,
  { signal, memory, onNote }: { signal?: AbortSignal; memory?: number; onNote: (note: string) => void },
  work: (options: OpenOptions) => Promise<T>,
): Promise<T> {
  const { columns, atoms, part, idColumn, missing } = read;
  const options: OpenOptions = {
    columns: columns.length > 0 ? columns : undefined,
    ...(idColumn === undefined ? {} : { idColumn }),
    atoms,
    missing,
    ...(part ? { [part.option]: part.value } : {}),
    signal,
    memoryLimit: memory,
    onWarning: (warning) => onNote(noteOf(warning)),
  };
  return openSkipping(read.skipBad, (own) => work({ ...options, ...own }));
}

/**
 * Open a file, with its rows prepared.
 * @param preparation what `describeFile` found; without it all rows are read, if columns are scaled
 * @param onNote receives the warnings of the reader
 * @throws FormatError, RangeError, PlatformError with the messages of `open`
 */
export async function openFile(
  file: File,
  read: ReadChoice,
  how: {
    signal?: AbortSignal;
    memory?: number;
    preparation?: Preparation | undefined;
    onNote: (note: string) => void;
  },
): Promise<OpenSource> {
  const source = await reading(read, how, (options) => open(file, options));
  const { log2, scale, skipBad } = read;
  if (!log2 && !scale) return source;
  const { signal, memory, preparation } = how;
  const options = { ...(log2 ? { log2 } : {}), ...(scale ? { scale } : {}) };
  try {
    return await prepare(
      source,
      preparation ?? { ...options, onBadRow: skipBad ? 'skip' : 'error', signal, memoryLimit: memory },
    );
  } catch (error) {
    await source.close?.();
    throw error;
  }
}

/** The beginning of a text file; undefined for zstd, which only the package can decompress. */
async function headOf(file: File): Promise<string | undefined> {
  if (/\.zst$/i.test(file.name)) return undefined;
  let bytes = file.slice(0, HEAD_BYTES).stream();
  if (/\.gz$/i.test(file.name)) bytes = bytes.pipeThrough(new DecompressionStream('gzip'));
  const reader = bytes.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  try {
    while (text.length < HEAD_BYTES) {
      const { done, value } = await reader.read();
      if (done) break;
      text += value;
    }
    await reader.cancel();
  } catch {
    // The data are truncated or damaged. Use the text before that point; the reader reports the error later.
  }
  return text.trimStart();
}

/**
 * Whether a file holds sequences: FASTA, text with one sequence per line, or a table with the AIRR column `junction_aa`. If
 * columns were chosen, a table is read as numbers.
 */
async function holdsSequences(file: File, read: ReadChoice): Promise<boolean> {
  const extension = /\.(\w+)$/.exec(file.name.replace(/\.(gz|zst)$/i, ''))?.[1].toLowerCase() ?? '';
  if (['fasta', 'fa', 'faa', 'fas', 'seq', 'lst'].includes(extension)) return true;
  if (read.columns.length > 0 || !['csv', 'tsv', 'tab', 'txt', ''].includes(extension)) return false;
  const head = await headOf(file);
  if (head?.startsWith('>')) return true;
  if (head === undefined || /^[^\r\n]*junction_aa/i.test(head)) {
    return (await import('./sequencing.ts')).hasJunctions(file);
  }
  // A column of numbers may begin with a word, its heading. So the second line must not be a number.
  const [first, second = first] = head.split(/\s*[\r\n]+\s*/).filter(Boolean);
  if (extension !== 'txt' || first === undefined) return false;
  const number = /^[\d.+-]|^nan$|^NaN$|^inf$|^Inf(inity)?$/;
  return /^[A-Za-z*_]+$/.test(first) && !/[,;|\t]/.test(second) && !number.test(second);
}

/** Read all sequences of a file within the memory limit; undefined if the file holds no sequences. */
export async function readIfSequences(
  file: File,
  read: ReadChoice,
  running: Running,
): Promise<Sequences | undefined> {
  if (!(await holdsSequences(file, read))) return undefined;
  const { Sequences } = await import('./sequencing.ts');
  return Sequences.read(file, read, running);
}

/** Description of a file, and a check that the file is still the same. */
export interface Described {
  info: Info;
  preparation: Preparation | undefined;
  /** @throws FormatError if the file has changed since it was described */
  unchanged(): Promise<void>;
}

/** Describe a file. */
export async function describeFile(file: File, read: ReadChoice): Promise<Described> {
  const notes = new Set<string>();
  const onNote = (note: string) => void notes.add(note);
  const found = await reading(read, { onNote: () => {} }, (options) => inspect(file, options));
  const source = await openFile(file, read, { onNote });
  try {
    const head: number[][] = [];
    const headNames: string[] = [];
    for await (const chunk of source.chunks({ chunkRows: SHOWN.rows, end: SHOWN.rows })) {
      headNames.push(...((chunk as { ids?: string[] }).ids ?? []));
      for (let i = 0; i < chunk.rows; i++) {
        const at = i * chunk.cols;
        head.push(Array.from(chunk.data.subarray(at, at + Math.min(chunk.cols, SHOWN.cols))));
      }
    }
    if (source.rows === undefined && file.size <= COUNT_BYTES) await readAll(source);
    const { rows, cols, dtype, format } = source;
    const topology = 'topology' in source ? source.topology : undefined;
    const idColumn = read.idColumn ?? found.idColumn;
    const all = found.columns?.some(({ name }) => name !== undefined) ? found.columns : [];
    const { preparation } = source as Source;
    const distinct = (values: string[] = []) => [...new Set(values.filter(Boolean))].sort();
    const info = {
      name: file.name,
      format,
      summary: source.summary,
      rows,
      cols,
      dtype,
      bytes: file.size,
      columns: 'columns' in source ? source.columns : undefined,
      columnFacts: all.slice(0, SHOWN.facts),
      moreColumns: Math.max(0, all.length - SHOWN.facts),
      parts: found.choices,
      atoms: 'atoms' in source && source.atoms !== undefined ? cols / 3 : undefined,
      atomNames: distinct(topology?.atoms.map(({ name }) => name)),
      elements: distinct(topology?.atoms.map(({ element }) => element)),
      head,
      notes: [...notes],
      ...(idColumn === undefined ? {} : { idColumn, headNames }),
    };
    return { info, preparation, unchanged: async () => (source as Source).unchanged?.() };
  } finally {
    await source.close?.();
  }
}

async function readAll(source: OpenSource): Promise<void> {
  try {
    for await (const _ of source.chunks({ chunkRows: 4096, reuse: true }));
  } catch {
    // Errors further down are reported when those rows are needed.
  }
}
