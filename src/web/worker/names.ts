/** Names of rows, of files that have a column of them: caught as chunks pass by. */
import type { ChunkOptions, Source } from './package-types.ts';

/** Letters of names that are held, so that leaves and leaders can be called by them. */
const MOST_LETTERS = 2 ** 23;
/** What they take at most: two bytes a letter, and what a text takes besides. */
export const NAME_BYTES = 4 * MOST_LETTERS;

/** A source whose names are told to `onNames`: those of rows start, start + stride, ... */
export function withNames(
  source: Source,
  onNames: (start: number, stride: number, ids: readonly string[]) => void,
): Source {
  const { cols, dtype, name, overheadBytes } = source;
  return {
    ...{ cols, dtype, name, overheadBytes },
    get rows() {
      return source.rows;
    },
    async *chunks(options: ChunkOptions) {
      for await (const chunk of source.chunks(options)) {
        const { ids } = chunk as { ids?: string[] };
        if (ids) onNames(chunk.start, options.stride ?? 1, ids);
        yield chunk;
      }
    },
    unchanged: async () => source.unchanged?.(),
    close: () => source.close?.(),
  };
}

/** The names of rows, as many as there is room for. */
export class RowNames {
  #names: Map<number, string> | undefined = new Map();
  #letters = 0;

  readonly add = (start: number, stride: number, ids: readonly string[]): void => {
    if (!this.#names) return;
    for (let i = 0; i < ids.length; i++) this.#letters += ids[i].length + 16;
    // Some are no better than none: rows would go by names here and by numbers there.
    if (this.#letters > MOST_LETTERS) this.#names = undefined;
    else for (let i = 0; i < ids.length; i++) this.#names.set(start + i * stride, ids[i]);
  };

  /** Keep those of some rows alone. */
  keep(rows: ArrayLike<number>): void {
    const all = this.#names;
    if (!all) return;
    this.#names = new Map();
    for (let i = 0; i < rows.length; i++) {
      const name = all.get(rows[i]);
      if (name !== undefined) this.#names.set(rows[i], name);
    }
  }

  get(row: number): string | undefined {
    return this.#names?.get(row);
  }
}
