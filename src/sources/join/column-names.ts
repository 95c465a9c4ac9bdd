/** Names for the columns of joined tables. */

import type { JoinTable } from './table.ts';

/** A word for each table: the last part of its name, or all of it, or its number, whichever tells the tables apart. */
export function labelsOf(tables: readonly JoinTable[]): string[] {
  const whole = tables.map(({ name }) => name);
  const short = whole.map((name) => name.split(/[\\/]/).at(-1) || name);
  const differ = (list: readonly string[]) => new Set(list).size === list.length;
  if (differ(short)) return short;
  return differ(whole) ? whole : short.map((name, i) => `${name}, ${i + 1}`);
}

/** The names of all columns, and which of them were changed. */
interface JoinedNames {
  /** Undefined if no table has names. */
  columns: string[] | undefined;
  /** Names that several tables have. */
  clashes: string[];
}

/** Names that several tables have are told apart by the table: 'x' becomes 'x (a.csv)' and 'x (b.csv)'. */
export function joinColumns(tables: readonly JoinTable[]): JoinedNames {
  if (tables.every(({ source }) => source.columns === undefined)) return { columns: undefined, clashes: [] };
  const labels = labelsOf(tables);
  const lists = tables.map(
    ({ source }) => source.columns ?? Array.from({ length: source.cols }, (_, j) => String(j)),
  );
  /** For each name the table that has it, or -1 if there are several. */
  const owners = new Map<string, number>();
  for (const [i, list] of lists.entries()) {
    for (const name of list) owners.set(name, (owners.get(name) ?? i) === i ? i : -1);
  }
  const free = (name: string) => {
    let one = name;
    for (let i = 2; owners.has(one); i++) one = `${name} ${i}`;
    return one;
  };
  const columns = lists.flatMap((list, i) =>
    list.map((name) => (owners.get(name) === -1 ? free(`${name} (${labels[i]})`) : name)),
  );
  return { columns, clashes: [...owners.keys()].filter((name) => owners.get(name) === -1) };
}
