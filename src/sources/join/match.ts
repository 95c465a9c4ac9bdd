/** Compares the names of rows of several tables. */

import { FormatError } from '../../errors.ts';
import { option, say } from '../../messages.ts';
import type { ChunkOptions } from '../../types.ts';
import type { NamedChunk } from '../chunks/rows.ts';
import type { HeldTable } from './held-table.ts';
import { RepeatedNames } from './repeated-names.ts';
import { eachName, Feed, firstOf, isNamed, type JoinTable, namesIn } from './table.ts';

/** The result of `compareOrder`. */
interface Comparison {
  /** The number of rows of the first table. */
  rows: number;
  /** For each other table, whether its rows have the same names in the same order. */
  alike: boolean[];
}

/**
 * Whether rows of two tables belong together, by their place: their names are equal, or one was skipped and has none.
 * @returns the first row of which this is not so, or `count`
 */
export function differAt(
  [a, chunkA, atA]: readonly [JoinTable, NamedChunk, number],
  [b, chunkB, atB]: readonly [JoinTable, NamedChunk, number],
  count: number,
): number {
  const [namesA, namesB] = [namesIn(a, chunkA), namesIn(b, chunkB)];
  for (let i = 0; i < count; i++) {
    if (namesA[atA + i] === namesB[atB + i] && namesA[atA + i] !== '') continue;
    const bothNamed = isNamed(a, chunkA, namesA, atA + i) && isNamed(b, chunkB, namesB, atB + i);
    if (bothNamed) return i;
  }
  return count;
}

/**
 * Read all tables side by side, as far as their rows have the same names in the same order.
 * @param room bytes for names that are compared within the first table
 * @throws FormatError for two rows of the first table with the same name, and for a row without a name; errors of the sources
 */
export async function compareOrder(
  [first, ...others]: readonly JoinTable[],
  request: ChunkOptions,
  room: number,
  onRows: (rows: number) => void,
): Promise<Comparison> {
  const names = new RepeatedNames(first, room);
  const feeds: (Feed | undefined)[] = others.map((table) => new Feed(table, request));
  const end = async (i: number) => {
    await feeds[i]?.close();
    feeds[i] = undefined;
  };
  let rows = 0;
  try {
    for await (const chunk of first.source.chunks(request) as AsyncIterable<NamedChunk>) {
      const ids = namesIn(first, chunk);
      for (let i = 0; i < chunk.rows; i++) if (isNamed(first, chunk, ids, i)) names.add(ids[i]);
      for (const [k, table] of others.entries()) {
        const taken = await feeds[k]?.take(chunk.rows, (part, from, count, before) => {
          return differAt([first, chunk, before], [table, part, from], count) === count;
        });
        if (taken !== undefined && taken < chunk.rows) await end(k);
      }
      rows += chunk.rows;
      onRows(rows);
    }
    // A table with further rows has not the same ones.
    for (const k of others.keys()) if (await feeds[k]?.ready()) await end(k);
    const alike = feeds.map((feed) => feed !== undefined);
    await names.refuse(request);
    return { rows, alike };
  } finally {
    for (const k of others.keys()) await end(k);
  }
}

/** Rows that one table has and another lacks: their number, and the first names. */
class Lacking {
  count = 0;
  readonly names: string[] = [];

  add(name: string): void {
    if (this.count++ < 3) this.names.push(name);
  }

  toString(): string {
    return `${this.count} ${this.count === 1 ? 'row' : 'rows'} (${firstOf(this.names, this.count)})`;
  }
}

/** What was left out because a table lacks it. */
interface Unmatched {
  /** Rows of the first table that another lacks. */
  rows: number;
  /** In words, for a warning; undefined if all rows were matched. */
  words: string | undefined;
}

/**
 * Look up the rows of the first table in the others.
 * @param inner whether rows may lack
 * @throws FormatError for rows that a table lacks, unless `inner`, and if no row is in all tables
 */
export async function matchRows(
  first: JoinTable,
  held: readonly HeldTable[],
  inner: boolean,
  request: ChunkOptions,
): Promise<Unmatched> {
  const lacking = held.map(() => new Lacking());
  const taken = held.map(({ rows }) => new Set(rows.keys()));
  let named = 0;
  let unmatched = 0;
  await eachName(first, request, (name) => {
    named++;
    let found = true;
    for (const [k, { rows }] of held.entries()) {
      if (rows.has(name)) taken[k].delete(name);
      else {
        lacking[k].add(name);
        found = false;
      }
    }
    if (!found) unmatched++;
  });
  const problems: string[] = [];
  for (const [k, { table }] of held.entries()) {
    const others = new Lacking();
    for (const name of taken[k]) others.add(name);
    const parts = [
      lacking[k].count > 0 ? `lacks ${lacking[k]} of ${first.name}` : '',
      others.count > 0 ? `has ${others} that ${first.name} lacks` : '',
    ].filter(Boolean);
    if (parts.length === 0) continue;
    if (inner) problems.push(`${table.name} ${parts.join(', and ')}`);
    else {
      const all = parts.join(', and ');
      throw new FormatError(table.name, say`${all}; ${option('how', 'inner')} takes the rows of all tables`);
    }
  }
  if (named > 0 && unmatched === named) {
    const tables = held.map(({ table }) => table.name).join(' and ');
    throw new FormatError(first.name, `none of its ${named} rows has a name of a row in ${tables}`);
  }
  return { rows: unmatched, words: problems.length > 0 ? problems.join('; ') : undefined };
}
