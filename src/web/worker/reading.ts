/** A file as the page's worker reads it: opened anew for each pass over it, as the command line does. */
import type { ErrorFields, FormatError } from 'coppice';
import { type OpenOptions, type OpenSource, open } from 'coppice/sources';
import { noteOf } from './notes.ts';
import type { Source } from './package-types.ts';
import type { Info, ReadChoice } from './protocol.ts';
import type { Running, Sequences } from './sequencing.ts';

/** Columns and rows that the page shows. */
const SHOWN = { rows: 6, cols: 12 };

/** Text up to this size is read to its end at once, for the number of its rows. */
const COUNT_BYTES = 24e6;

/** Where it is seen what a text holds. */
const HEAD_BYTES = 65_536;

/**
 * @param onNote what the reader leaves out, or assumes
 * @throws FormatError, RangeError, PlatformError with the words of `open`
 */
export async function openFile(
  file: File,
  read: ReadChoice,
  { signal, memory, onNote }: { signal?: AbortSignal; memory?: number; onNote: (note: string) => void },
): Promise<OpenSource> {
  const { columns, atoms, dataset, idColumn } = read;
  const options: OpenOptions = {
    columns: columns.length > 0 ? columns : undefined,
    ...(idColumn === undefined ? {} : { idColumn }),
    atoms,
    dataset: dataset || undefined,
    signal,
    memoryLimit: memory,
    onWarning: ({ message }) => onNote(noteOf(message)),
  };
  // Text may hold what is no number at all, and tables of typed columns have nulls: then the reader has to know.
  const readers: OpenOptions[] = read.skipBad ? [{ onBadRow: 'skip' }, { nulls: 'nan' }, {}] : [{}];
  for (const [i, reader] of readers.entries()) {
    try {
      return await open(file, { ...options, ...reader });
    } catch (error) {
      const { reason, option = '' } = error as ErrorFields;
      if (reason !== 'OTHER_FORMAT' || !(option in reader) || i === readers.length - 1) throw error;
    }
  }
  throw new Error('no reader took the file');
}

/** The text that a file begins with; undefined of what only the package unpacks. */
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
    // What was cut off or is broken; what came before says enough, or the reader will say more.
  }
  return text.trimStart();
}

/**
 * Whether a file holds sequences: FASTA; text of a sequence a line; a table that has AIRR's column `junction_aa`, unless
 * other columns were chosen.
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
  // Of a column of numbers only the first line may be a word.
  const [first, second = first] = head.split(/\s*[\r\n]+\s*/).filter(Boolean);
  if (extension !== 'txt' || first === undefined) return false;
  const number = /^[\d.+-]|^nan$|^NaN$|^inf$|^Inf(inity)?$/;
  return /^[A-Za-z*_]+$/.test(first) && !/[,;|\t]/.test(second) && !number.test(second);
}

/** The sequences of a file, if it holds such. They are read at once, within `memory`. */
export async function readIfSequences(
  file: File,
  read: ReadChoice,
  running: Running,
): Promise<Sequences | undefined> {
  if (!(await holdsSequences(file, read))) return undefined;
  const { Sequences } = await import('./sequencing.ts');
  return Sequences.read(file, read, running);
}

/** The column that an error calls text: by its name, or of text tables by its number. */
function textColumn(error: unknown): string | number | undefined {
  const { reason, column, columnName } = error as Partial<FormatError>;
  if (reason !== 'TEXT_COLUMN') return undefined;
  return columnName ?? (column === undefined ? undefined : column - 1);
}

/** How a described file can be asked whether it is still the same. */
export interface Described {
  info: Info;
  /** @throws FormatError where what is read of it now is not what was described */
  unchanged(): Promise<void>;
}

/** What is in a file. Of a table with one column of text, that is taken for the names of the rows. */
export async function describeFile(file: File, read: ReadChoice): Promise<Described> {
  try {
    return await describeAs(file, read);
  } catch (error) {
    const idColumn = read.idColumn === undefined ? textColumn(error) : undefined;
    if (idColumn === undefined) throw error;
    return describeAs(file, { ...read, idColumn: await nameOfColumn(file, read, idColumn) });
  }
}

/** The heading of a column of text, where there is one. */
async function nameOfColumn(file: File, read: ReadChoice, column: string | number): Promise<string | number> {
  if (typeof column === 'string') return column;
  // What there is to say is said when the file is described.
  const source = await openFile(file, { ...read, columns: [], idColumn: column }, { onNote: () => {} });
  try {
    if (!('header' in source) || !source.header) return column;
  } finally {
    await source.close?.();
  }
  const only = await open(file, { columns: [column], header: true, onWarning: () => {} });
  try {
    return ('columns' in only ? only.columns?.[0] : undefined) || column;
  } finally {
    await only.close?.();
  }
}

async function describeAs(file: File, read: ReadChoice): Promise<Described> {
  const notes = new Set<string>();
  const source = await openFile(file, read, { onNote: (note) => notes.add(note) });
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
      atoms: 'atoms' in source && source.atoms !== undefined ? cols / 3 : undefined,
      atomNames: distinct(topology?.atoms.map(({ name }) => name)),
      elements: distinct(topology?.atoms.map(({ element }) => element)),
      head,
      notes: [...notes],
      ...(read.idColumn === undefined ? {} : { idColumn: read.idColumn, headNames }),
    };
    return { info, unchanged: async () => (source as Source).unchanged?.() };
  } finally {
    await source.close?.();
  }
}

async function readAll(source: OpenSource): Promise<void> {
  try {
    for await (const _ of source.chunks({ chunkRows: 4096, reuse: true }));
  } catch {
    // What is wrong further down is said when the rows are needed.
  }
}
