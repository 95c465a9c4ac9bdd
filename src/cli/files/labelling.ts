/** Steps shared by `cluster`, `kmeans` and `assign`: rows are read; labels go to a file and a summary. */

import { FLAWED } from '../../distance/finite.ts';
import type { Assignment } from '../../model/assign.ts';
import type { Model } from '../../model/model.ts';
import type { Output, OutputFile } from '../../sinks/file.ts';
import type { OpenSource } from '../../sources/open.ts';
import type { Source } from '../../types.ts';
import type { ReaderFlags } from '../flags/options.ts';
import type { PreparingFlags } from '../flags/preparing.ts';
import type { TableFlags } from '../flags/table.ts';
import type { Session } from '../terminal/session.ts';
import { plural } from '../terminal/text.ts';
import { describeInput, filesOf, inputFacts, namesOf, rowNameOf, unreadLines, withIds } from './input.ts';
import { type LabelTarget, labelRows, openLabels, type Tally } from './labels.ts';
import { MembersFolder } from './members.ts';
import { openPrepared } from './preparing.ts';
import { TableOutput } from './table.ts';

/** What a command needs besides labels. */
interface Wishes {
  /** The rows that are leaders, -1 for others. */
  leaderRows?: ArrayLike<number>;
  /** Rows whose names are needed, if rows have names. */
  rows?: Iterable<number>;
  /** Called with the results of the rows, in their order. */
  see?: ((part: Assignment) => void) | undefined;
  /** Called when all rows have labels, before the outputs are committed. */
  finish?(labelled: Labelled): Promise<void>;
}

/** The result when all rows have labels. */
export interface Labelled extends Tally {
  /** The word for a row. */
  rowName: 'row' | 'frame';
  /** The name of a requested row; its number if it has no name. */
  nameOf(row: number): string;
  /** Whether rows have names. */
  named: boolean;
  /** The same as data, without the clusters. */
  facts: { input: object; rows: number; skipped: number; skippedLines: number };
  /** Describes the input. */
  inputLine: string;
  /** Describes the rows without labels. */
  skippedLine: [string, string] | undefined;
}

type Flags = ReaderFlags & PreparingFlags & TableFlags & { memory?: number };

export class Labelling {
  /** The rows to cluster. */
  readonly source: Source;
  readonly rowName: 'row' | 'frame';
  /** The file of labels. */
  readonly out: OutputFile | undefined;
  readonly #session: Session;
  readonly #opened: OpenSource;
  readonly #target: LabelTarget | undefined;
  readonly #ids: ReturnType<typeof withIds> | undefined;
  readonly #idName: string | undefined;
  readonly #table: TableOutput | undefined;
  readonly #members: MembersFolder | undefined;

  private constructor(
    session: Session,
    opened: OpenSource,
    inputs: readonly string[],
    flags: Flags,
    target: LabelTarget | undefined,
    /** Files that are read, which must not be written to. */
    readonly files: string[],
  ) {
    this.#session = session;
    this.#opened = opened;
    this.#target = target;
    const names = namesOf(opened, flags);
    this.#ids = names === undefined ? undefined : withIds(opened);
    this.#idName = idNameOf(names);
    this.source = this.#ids?.source ?? opened;
    this.rowName = rowNameOf(opened);
    this.out = openLabels(session, target, files, opened.rows);
    this.#table = TableOutput.begin(session, opened, inputs, flags, files);
    const { members } = flags;
    this.#members =
      members === undefined
        ? undefined
        : session.add('--members', members, files, (path) => new MembersFolder(path));
  }

  /**
   * Open INPUT and begin the file of labels.
   * @param others further files that are read
   * @param input INPUT, if it is open already
   */
  static async open(
    session: Session,
    inputs: readonly string[],
    flags: Flags,
    target: LabelTarget | undefined,
    { others = [], input }: { others?: readonly string[]; input?: OpenSource | undefined } = {},
  ): Promise<Labelling> {
    const opened = await openPrepared(session, inputs, flags, input);
    return new Labelling(session, opened, inputs, flags, target, [...filesOf(opened), ...others]);
  }

  /** The outputs that all commands have. */
  get outputs(): Record<'labels' | 'table' | 'members', Output | undefined> {
    return { labels: this.out, table: this.#table?.file, members: this.#members };
  }

  get name(): string {
    return this.#opened.name;
  }

  /** The input as it was opened. */
  get opened(): OpenSource {
    return this.#opened;
  }

  /** Whether rows have names. */
  get named(): boolean {
    return this.#ids !== undefined;
  }

  /** Run the second pass, and commit all outputs. */
  async run(parts: AsyncIterable<Assignment>, model: Model, wishes: Wishes = {}): Promise<Labelled> {
    this.#ids?.begin();
    const [file, target] = [this.out, this.#target];
    const names = new Map<number, string>();
    const wanted = this.#ids ? Float64Array.from(new Set(wishes.rows)).sort() : new Float64Array();
    let ids: string[] | undefined;
    const next = () => this.#ids?.next();
    const [table, members] = [this.#table, this.#members];
    table?.represent({ labels: model.labels, rows: wishes.leaderRows });
    const named = async function* (): AsyncGenerator<Assignment, void, undefined> {
      let at = 0;
      for await (const part of parts) {
        ids = next();
        const end = part.start + part.labels.length;
        for (; at < wanted.length && wanted[at] < end; at++) {
          const name = ids?.[wanted[at] - part.start];
          if (name !== undefined) names.set(wanted[at], name);
        }
        table?.add(part, ids);
        wishes.see?.(part);
        for (let i = 0; members && i < part.labels.length; i++) {
          const cluster = part.nearest[i] < 0 ? undefined : part.labels[i];
          members.add(cluster, ids?.[i] ?? String(part.start + i));
        }
        yield part;
      }
    };
    const tally = await labelRows(
      named(),
      model,
      file && target && { file, target, idName: this.#idName, nextIds: () => ids },
    );
    const nameOf = (row: number) => names.get(row) ?? String(row);
    const { skipped } = tally;
    const skippedLines = unreadLines(this.#opened);
    const rows = tally.rows + skipped;
    // If clusters are numbered from 0 (k-means), a row without a label gets -1.
    const none = model.labels.includes(0) ? -1 : 0;
    const labelled: Labelled = {
      ...tally,
      nameOf,
      named: this.named,
      rowName: this.rowName,
      facts: { input: inputFacts(this.#opened, rows), rows, skipped, skippedLines },
      inputLine: describeInput(this.#opened, rows),
      skippedLine:
        skipped > 0
          ? [
              'Skipped',
              `${plural(skipped, this.rowName)}${skippedLines > 0 || FLAWED.includes(model.metric) ? '' : ' with NaN or infinity'}, labelled ${none}`,
            ]
          : undefined,
    };
    await wishes.finish?.(labelled);
    await table?.write();
    await this.#session.commit();
    return labelled;
  }
}

/** Heading of the column of names: the column's name as given, or 'id' if an index was given. */
export function idNameOf(idColumn: string | number | undefined): string | undefined {
  return typeof idColumn === 'number' ? 'id' : idColumn;
}
