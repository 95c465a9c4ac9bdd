/** Opens INPUT with the reader options, and describes it. */

import { type ErrorFields, FormatError } from '../../errors.ts';
import { facade } from '../../sources/chunks/facade.ts';
import type { JoinedSource } from '../../sources/join/join.ts';
import { type OpenSource, open } from '../../sources/open.ts';
import type { TransposedSource } from '../../sources/prepare/transpose.ts';
import { openSkipping } from '../../sources/skip-bad-rows.ts';
import type { Chunk, ChunkOptions, Preparation, Source } from '../../types.ts';
import type { ReaderFlags } from '../flags/options.ts';
import { stepsInWords } from '../flags/preparing.ts';
import { UsageError } from '../terminal/errors.ts';
import type { Session } from '../terminal/session.ts';
import { formatCount, plural } from '../terminal/text.ts';
import { joinOthers } from './joining.ts';

/**
 * Open one or several inputs. The source is closed when the session ends.
 * @param quiet keep no warnings: the inputs are opened a second time
 */
export async function openInput(
  session: Session,
  inputs: readonly string[],
  flags: ReaderFlags & { memory?: number },
  { quiet = false } = {},
): Promise<OpenSource> {
  if ([...inputs, ...(flags.join ?? [])].includes('-')) {
    throw new UsageError(
      'standard input cannot be used, because data are read more than once; save it to a file first',
    );
  }
  const twice = inputs.find((input, i) => inputs.indexOf(input) < i);
  if (twice !== undefined) {
    session.warn({ code: 'INPUT_TWICE', message: `${twice} is given twice, so its rows count twice` });
  }
  const { atoms, dataset, array, sheet, topology, columns, idColumn, delimiter, comment, header, onBadRow } =
    flags;
  const { signal, memoryLimit, ...run } = session.run({ memory: flags.memory });
  const onWarning = quiet ? () => {} : run.onWarning;
  const options = {
    ...{ atoms, dataset, array, sheet, externalFiles: flags.externalFiles, topology, columns, idColumn },
    ...{ delimiter, comment, header, encoding: flags.encoding, decimal: flags.decimal },
    ...(flags.annotations?.length ? { annotations: flags.annotations } : {}),
    ...{ thousands: flags.thousands, missing: flags.missing, missingValues: flags.missingValues },
    ...{ signal, onWarning, memoryLimit },
  };
  let source: OpenSource;
  try {
    source = await openSkipping(onBadRow === 'skip', (own): Promise<OpenSource> => {
      const all = { ...options, ...own };
      return inputs.length === 1 ? open(inputs[0], all) : open(inputs, all);
    });
  } catch (error) {
    if ((error as ErrorFields).reason !== 'OTHER_FORMAT') throw error;
    throw new UsageError((error as Error).message, { cause: error });
  }
  session.onEnd(() => source.close?.());
  if (columns === undefined && idColumn === undefined) refuseSequences(source);
  source = await joinOthers(session, source, flags, { ...options, onWarning });
  session.progress.rowBytes = source.cols * (source.dtype === 'f4' ? 4 : 8);
  return source;
}

/**
 * A table of sequences has counts and positions too. To cluster by these alone is hardly what its user wants, so they must
 * be chosen.
 * @throws FormatError
 */
function refuseSequences(source: OpenSource): void {
  if (source.format !== 'csv') return;
  const { facts, readColumns, name } = source;
  const column = facts.find(({ role }) => role === 'sequence');
  const measured = facts.filter(({ role, index }) => role === 'number' && readColumns.includes(index));
  if (!column || measured.length > 2) return;
  const shown = column.name ?? column.index;
  throw new FormatError(
    name,
    `column ${JSON.stringify(shown)} holds sequences of amino acids: 'coppice batch run --column ${shown}' clusters them; ` +
      'to cluster its numbers, choose them with --columns',
    { reason: 'TEXT_COLUMN', columnName: String(shown) },
  );
}

/** The column that names the rows: the one that was asked for, or the one that the reader found. */
export function namesOf(
  source: OpenSource,
  { idColumn, transpose }: ReaderFlags & { transpose?: boolean },
): string | number | undefined {
  // The rows of a transposed table have the names of its columns.
  if (transpose) return 'column';
  return idColumn ?? (source as { idColumn?: string | number }).idColumn;
}

/** Whether an error is one that occurs when a file of sequences is read as vectors. */
export function mayBeSequences(error: unknown): boolean {
  const { reason } = error as Partial<FormatError>;
  return reason === 'TEXT_COLUMN' || reason === 'UNKNOWN_FORMAT';
}

/** The word for a row of this source. */
export function rowNameOf(source: OpenSource): 'row' | 'frame' {
  const files = source.format === 'many' ? source.sources : [source];
  return files.every((file) => (file as { atoms?: unknown }).atoms !== undefined) ? 'frame' : 'row';
}

/** What is known of the columns of a file, for those formats that know it. */
export interface OpenFile extends Source {
  readonly format?: string;
  readonly name: string;
  readonly header?: boolean;
  readonly fileNames?: readonly string[];
  readonly fileColumns?: readonly { name: string; problem: string | undefined }[];
  readonly readColumns?: readonly number[];
  readonly columns?: readonly string[];
}

/** The files of an input, without those that are joined to it. */
export function ownFiles(source: OpenSource): readonly OpenFile[] {
  const [own] = (source as Partial<JoinedSource<OpenSource>>).joined ?? [source];
  const table = own as OpenSource;
  return (table.format === 'many' ? table.sources : [table]) as readonly OpenFile[];
}

/** The names of all columns of a file, also of those that are not read; undefined if it has none. */
export function headingsOf({ fileNames, fileColumns }: OpenFile): readonly string[] | undefined {
  return fileNames ?? fileColumns?.map(({ name }) => name);
}

/** The names of all files that are read. None of them may be written to. */
export function filesOf(source: OpenSource): string[] {
  const { joined } = source as Partial<JoinedSource<OpenSource>>;
  if (joined) return (joined as readonly OpenSource[]).flatMap(filesOf);
  if (source.format !== 'many') return [source.name];
  return source.sources.flatMap(({ name }) => name ?? []);
}

/** 'file.h5: 4,000 frames of 22 atoms, float32 (hdf5)' */
export function describeInput(source: OpenSource, rows = source.rows): string {
  const count = (one: string) => (rows === undefined ? `${one}s` : plural(rows, one));
  const dtype = source.dtype === 'f4' ? 'float32' : 'float64';
  if ('atoms' in source && source.atoms !== undefined) {
    const kept = source.selected ? `${formatCount(source.selected.length)} of ` : '';
    return `${source.name}: ${count('frame')} of ${kept}${plural(source.atoms, 'atom')}, ${dtype} (${source.format})`;
  }
  const format = source.format === 'many' ? '' : ` (${source.format})`;
  const { preparation, transposed } = source as Partial<TransposedSource>;
  const steps = preparation ? `; prepared: ${stepsInWords(preparation.steps.map(({ step }) => step))}` : '';
  return (
    `${source.name}: ${count(rowNameOf(source))} of ${plural(source.cols, 'column')}, ${dtype}${format}` +
    `${transposed ? ', transposed' : ''}${steps}`
  );
}

/** The same as data, for --json. */
export function inputFacts(source: OpenSource, rows: number | undefined = source.rows) {
  return {
    file: source.name,
    format: source.format,
    rows: rows ?? null,
    cols: source.cols,
    dtype: source.dtype,
    ...('joined' in source ? { joined: filesOf(source) } : {}),
    ...('transposed' in source ? { transposed: true } : {}),
    ...preparedFacts(source),
  };
}

/** The steps of a preparation, for --json; nothing if there is none. */
export function preparedFacts({ preparation }: { preparation?: Preparation | undefined }) {
  return preparation ? { prepared: preparation.steps.map(({ step }) => step) } : {};
}

/** Number of lines that a text reader could not read and replaced by rows of NaN. */
export function unreadLines(source: OpenSource): number {
  return (source as { skippedRows?: number }).skippedRows ?? 0;
}

/**
 * A source that also keeps the names of the rows. Labels come without names, one part for each chunk and in the same order;
 * `next` returns the names of the next chunk. No names are kept before `begin`, since the first pass does not need them.
 */
export function withIds(source: OpenSource): {
  source: Source;
  begin(): void;
  next(): string[] | undefined;
} {
  const waiting: (string[] | undefined)[] = [];
  let keeping = false;
  const tapped = facade(source as Source, {
    async *chunks(options: ChunkOptions): AsyncIterable<Chunk> {
      for await (const chunk of source.chunks(options)) {
        if (keeping) waiting.push((chunk as { ids?: string[] }).ids);
        yield chunk;
      }
    },
  });
  return {
    source: tapped,
    begin: () => {
      keeping = true;
    },
    next: () => waiting.shift(),
  };
}
