/** Which other files a file may make the HDF5 library open, and which it asked for. */
import { needingOther } from './library-error.ts';
import { StructureCheck } from './structure-check.ts';

/** The files that the library may open, and those that it could not open. It looks for a name in several folders. */
export class Allowed {
  #asked = new Set<string>();
  /** Checks the structures of the file. */
  readonly check = new StructureCheck();

  constructor(
    readonly own: () => string | undefined,
    readonly others: boolean,
  ) {}

  begin(): void {
    this.#asked.clear();
  }
  mayOpen(path: string): boolean {
    if (path === this.own()) return true;
    this.#asked.add(path);
    return this.others;
  }
  found(path: string): void {
    const base = baseOf(path);
    for (const asked of this.#asked) if (baseOf(asked) === base) this.#asked.delete(asked);
  }
  /** Throw if another file was needed: the library would fill missing parts of a virtual dataset with zeros silently. */
  end(): void {
    const other = this.others ? undefined : this.other();
    if (other !== undefined) throw needingOther(other);
  }
  /** The problem, if a file could not be opened. */
  other(): string | undefined {
    const [path] = this.#asked;
    if (path === undefined) return undefined;
    return this.others ? `it needs the file ${JSON.stringify(path)}, which cannot be read` : needsOther(path);
  }
}

export const baseOf = (path: string) => path.slice(path.search(/[^\\/]*$/));

export function needsOther(path: string): string {
  return `it needs another file, ${JSON.stringify(path)} (an external link, external storage or a virtual dataset)`;
}
