/** Names of rows, for files with a name column. They are collected while chunks are read. */
import { facade } from '../../sources/chunks/facade.ts';
import type { ChunkOptions, Source } from './package-types.ts';

/** Most characters held for the names that leaves and leaders are shown with. Each name counts 16 more. */
const MOST_LETTERS = 2 ** 23;
/** Upper bound on their memory: two bytes per character, and as much for the overhead of strings. */
export const NAME_BYTES = 4 * MOST_LETTERS;

/** A source that passes the names of its rows to `onNames`: those of rows start, start + stride, ... */
export function withNames(
  source: Source,
  onNames: (start: number, stride: number, ids: readonly string[]) => void,
): Source {
  return facade(source, {
    async *chunks(options: ChunkOptions) {
      for await (const chunk of source.chunks(options)) {
        const { ids } = chunk as { ids?: string[] };
        if (ids) onNames(chunk.start, options.stride ?? 1, ids);
        yield chunk;
      }
    },
  });
}

/** The names of rows; none if together they exceed MOST_LETTERS. */
export class RowNames {
  #names: Map<number, string> | undefined = new Map();
  #letters = 0;

  readonly add = (start: number, stride: number, ids: readonly string[]): void => {
    if (!this.#names) return;
    for (let i = 0; i < ids.length; i++) this.#letters += ids[i].length + 16;
    // Too many: drop all names. Otherwise some rows would be shown by name and others by number.
    if (this.#letters > MOST_LETTERS) this.#names = undefined;
    else for (let i = 0; i < ids.length; i++) this.#names.set(start + i * stride, ids[i]);
  };

  /** Keep the names of the given rows only. */
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
