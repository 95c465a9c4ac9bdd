/** `--table`: the rows of the input as they are, with columns for cluster, distance and representative. */

import { shortFloat32 } from '../../sinks/csv.ts';
import type { OutputFile } from '../../sinks/file.ts';
import { parquetTable, type RowResult } from '../../sinks/parquet-table.ts';
import { isStdout } from '../../sinks/stdout.ts';
import { textEncoder } from '../../sinks/text-encoder.ts';
import type { OpenSource } from '../../sources/open.ts';
import type { ReaderFlags } from '../flags/options.ts';
import type { TableFlags } from '../flags/table.ts';
import { isCalled } from '../flags/values.ts';
import { UsageError } from '../terminal/errors.ts';
import type { Session } from '../terminal/session.ts';
import { checkHeadings, delimiterFor, fieldRows, lineOf, rowsAtOnce, textTables } from './original-rows.ts';
import { Scratch } from './scratch.ts';

type Flags = ReaderFlags & TableFlags & { memory?: number; transpose?: boolean };

/** Results of consecutive rows. `nearest` is -1 for a row without a cluster. */
interface Part {
  start: number;
  labels: Int32Array;
  distances: ArrayLike<number>;
  nearest: ArrayLike<number>;
}

/** Who stands for the clusters. */
interface Leaders {
  /** The cluster of each leader, and its row in the input, or -1. */
  labels: ArrayLike<number>;
  rows?: ArrayLike<number> | undefined;
}

/** @throws UsageError for a table that cannot be written */
export function checkTable({ table, guardFormulas, transpose }: TableFlags & { transpose?: boolean }): void {
  if (guardFormulas && table === undefined) throw new UsageError('--guard-formulas needs --table');
  if (table === undefined) return;
  if (isStdout(table) || !['csv', 'tsv', 'parquet'].some((ending) => isCalled(table, ending))) {
    throw new UsageError(`--table must name a .csv, .tsv or .parquet file, got ${JSON.stringify(table)}`);
  }
  if (transpose)
    throw new UsageError('--table has the rows of the input; with --transpose these are not clustered');
}

/** The row that stands for each cluster: a leader that is a row, or else the row nearest to its leader. */
class Representatives {
  readonly #rows = new Map<number, number>();
  readonly #known = new Set<number>();
  readonly #nearest = new Map<number, number>();
  readonly #names = new Map<number, string>();

  readonly #leaders: Leaders;

  constructor(leaders: Leaders) {
    this.#leaders = leaders;
    const { labels, rows } = leaders;
    for (let i = 0; rows && i < labels.length; i++) {
      if (rows[i] < 0 || this.#known.has(labels[i])) continue;
      this.#known.add(labels[i]);
      this.#rows.set(labels[i], rows[i]);
    }
  }

  see(part: Part, ids: readonly string[] | undefined): void {
    for (let i = 0; i < part.labels.length; i++) {
      if (part.nearest[i] < 0) continue;
      const label = part.labels[i];
      const row = part.start + i;
      if (this.#known.has(label)) {
        if (this.#rows.get(label) !== row) continue;
      } else {
        // A row of the sample may be nearest to a leader of another cluster.
        if (this.#leaders.labels[part.nearest[i]] !== label) continue;
        if (!(part.distances[i] < (this.#nearest.get(label) ?? Number.POSITIVE_INFINITY))) continue;
        this.#nearest.set(label, part.distances[i]);
        this.#rows.set(label, row);
      }
      if (ids) this.#names.set(label, ids[i]);
    }
  }

  of(label: number): string {
    const row = this.#rows.get(label);
    return row === undefined ? '' : (this.#names.get(label) ?? String(row));
  }
}

export class TableOutput {
  readonly file: OutputFile;
  readonly #scratch: Scratch;
  #representatives: Representatives | undefined;
  #single = false;

  readonly #session: Session;
  readonly #source: OpenSource;
  readonly #inputs: readonly string[];
  readonly #flags: Flags & { table: string };

  private constructor(
    session: Session,
    source: OpenSource,
    inputs: readonly string[],
    flags: Flags & { table: string },
    files: readonly string[],
  ) {
    this.#session = session;
    this.#source = source;
    this.#inputs = inputs;
    this.#flags = flags;
    this.file = session.output('--table', flags.table, files);
    this.#scratch = new Scratch(flags.table);
    session.onEnd(() => this.#scratch.discard());
  }

  /** Say who stands for the clusters, before rows are added. Without it, nobody does. */
  represent(leaders: Leaders): void {
    this.#representatives = new Representatives(leaders);
  }

  /** Begin the table, if one was asked for. @param files that are read, which must not be written to */
  static begin(
    session: Session,
    source: OpenSource,
    inputs: readonly string[],
    flags: Flags,
    files: readonly string[],
  ): TableOutput | undefined {
    const { table } = flags;
    if (table === undefined) return undefined;
    checkHeadings(source, table);
    return new TableOutput(session, source, inputs, { ...flags, table }, files);
  }

  /** Take the results of the next rows. */
  add(part: Part, ids?: readonly string[]): void {
    this.#single = part.distances instanceof Float32Array;
    const labels = part.labels.map((label, i) => (part.nearest[i] < 0 ? NONE : label));
    this.#scratch.add(labels, part.distances);
    this.#representatives?.see(part, ids);
  }

  /** Write the table, once all rows have results. */
  async write(): Promise<void> {
    const results = this.#scratch.reader();
    try {
      const csv = textTables(this.#source);
      if (isCalled(this.#flags.table, 'parquet')) await this.#writeParquet(results.take);
      else if (csv) await this.#writeOriginals(csv, results.take);
      else await this.#writeFields(results.take);
      await this.#source.unchanged?.();
    } finally {
      results.close();
      this.#scratch.discard();
    }
  }

  #results(numbers: Float64Array): RowResult[] {
    return Array.from({ length: numbers.length / 2 }, (_, i) => {
      const [cluster, distance] = [numbers[2 * i], numbers[2 * i + 1]];
      if (cluster === NONE) return { cluster: null, distance: null, representative: null };
      const representative = this.#representatives?.of(cluster) || null;
      return { cluster, distance: Number.isNaN(distance) ? null : distance, representative };
    });
  }

  /** The cells of a row after its own. */
  #cells({ cluster, distance, representative }: RowResult, decimal: string): string[] {
    const far = distance === null ? '' : this.#single ? shortFloat32(distance) : String(distance);
    return [String(cluster ?? ''), decimal === ',' ? far.replace('.', ',') : far, representative ?? ''];
  }

  async #writeOriginals(
    tables: readonly CsvTables[number][],
    take: (count: number) => Float64Array,
  ): Promise<void> {
    const session = this.#session;
    const flags = this.#flags;
    const [{ delimiter: own, decimal, encoding, fileNames, header }] = tables;
    const delimiter = delimiterFor(flags.table, own);
    const guard = flags.guardFormulas === true;
    const encode = textEncoder(encoding);
    let begun = false;
    let done = 0;
    for (const table of tables) {
      const request = { chunkRows: rowsAtOnce(fileNames.length), signal: session.signal, delimiter, guard };
      for await (const { lines, header: head, lineEnd, marked, long } of table.originals(request)) {
        if (long) {
          session.warn({
            code: 'FIELDS_LEFT_OUT',
            message:
              `${table.name}, line ${long.line}: the skipped row has ${long.fields} fields, and the table ${fileNames.length}; ` +
              `--table has the first ${fileNames.length} of them, so that its columns stay aligned (told once for all such rows)`,
          });
        }
        let text = !begun && marked ? '\ufeff' : '';
        if (!begun && header && head !== undefined) {
          text += `${[head, lineOf(addedTo(fileNames), delimiter, guard)].join(delimiter)}${lineEnd}`;
        }
        begun = true;
        const results = this.#results(take(lines.length));
        for (const [i, line] of lines.entries()) {
          text += `${line}${delimiter}${lineOf(this.#cells(results[i], decimal), delimiter, guard)}${lineEnd}`;
        }
        this.file.append(encode(text));
        done += lines.length;
        session.progress.update({ phase: 'write', done });
      }
    }
  }

  async #writeFields(take: (count: number) => Float64Array): Promise<void> {
    const session = this.#session;
    const flags = this.#flags;
    const delimiter = delimiterFor(flags.table);
    const guard = flags.guardFormulas === true;
    const encode = textEncoder('utf-8');
    const { headings, read } = await fieldRows(session, this.#inputs, flags, this.#source);
    this.file.append(encode(`${lineOf([...headings, ...addedTo(headings)], delimiter, guard)}\n`));
    let done = 0;
    for await (const { columns, rows } of read()) {
      const results = this.#results(take(rows));
      let text = '';
      for (let i = 0; i < rows; i++) {
        const cells = [...columns.map((column) => column[i]), ...this.#cells(results[i], '.')];
        text += `${lineOf(cells, delimiter, guard)}\n`;
      }
      this.file.append(encode(text));
      done += rows;
      session.progress.update({ phase: 'write', done });
    }
  }

  async #writeParquet(take: (count: number) => Float64Array): Promise<void> {
    const session = this.#session;
    const flags = this.#flags;
    const { headings, read } = await fieldRows(session, this.#inputs, flags, this.#source);
    const table = await parquetTable(this.file, headings, addedTo(headings));
    let done = 0;
    for await (const { columns, rows } of read()) {
      table.write(columns, this.#results(take(rows)));
      done += rows;
      session.progress.update({ phase: 'write', done });
    }
    table.finish();
  }
}

type CsvTables = NonNullable<ReturnType<typeof textTables>>;

/** Stands for a row without a cluster. */
const NONE = -(2 ** 31);

/** The headings of the three columns. If the table has a name already, a number follows. */
function addedTo(headings: readonly string[]): [string, string, string] {
  const free = (name: string) => {
    let one = name;
    for (let i = 2; headings.includes(one); i++) one = `${name}_${i}`;
    return one;
  };
  return [free('cluster'), free('distance'), free('representative')];
}
