/** Inputs that a command reads completely: a table of vectors, a linkage matrix, a list of names. */

import * as fs from 'node:fs';
import { FormatError, formatBytes } from '../../errors.ts';
import { isValidLinkage } from '../../hierarchy/validate.ts';
import type { OpenSource } from '../../sources/open.ts';
import { readWhole } from '../../sources/whole.ts';
import type { Matrix, Z } from '../../types.ts';
import type { ReaderFlags } from '../flags/options.ts';
import { about, unreadable } from '../terminal/errors.ts';
import type { Session } from '../terminal/session.ts';
import { openInput } from './input.ts';

/** Memory limit for a table if the user gives none: the largest linear memory. */
export const DEFAULT_LIMIT = 2 ** 32;

interface NamedRows extends Matrix {
  /** Names of the rows, if there is an ID column. */
  ids: string[];
  /** For each row its number in the source, if rows were left out. */
  sourceRows?: Float64Array;
}

/**
 * Read all rows.
 * @throws MemoryLimitError before memory is allocated, if the size is known
 */
export async function readTable(
  session: Session,
  source: OpenSource,
  limit = DEFAULT_LIMIT,
): Promise<NamedRows> {
  const { ids = [], ...matrix } = await readWhole(source, {
    limit,
    wouldFit: "'coppice cluster' clusters data of any size",
    signal: session.signal,
    onProgress: (progress) => session.progress.update(progress),
  });
  return { ...matrix, ids };
}

/** Read a linkage matrix and check it. */
export async function readTree(session: Session, input: string, flags: ReaderFlags = {}): Promise<Z> {
  const source = await openInput(session, [input], flags);
  if (source.cols !== 4) {
    throw new FormatError(
      source.name,
      `has ${source.cols} ${source.cols === 1 ? 'column' : 'columns'}; a linkage matrix has 4 (from 'coppice linkage' or ` +
        'scipy.cluster.hierarchy.linkage)',
    );
  }
  const { data } = await readTable(session, source);
  const Z = data instanceof Float64Array ? data : Float64Array.from(data);
  about(source.name, () => isValidLinkage(Z, { throw: true }));
  return Z;
}

/** Larger than any list of names that makes sense for a tree. A larger file is something else. */
const MAX_NAMES_BYTES = 2 ** 28;

/**
 * Read the names of n items, one per line.
 * @throws FormatError unless there are n names
 */
export function readNames(file: string, n: number): string[] {
  let text: string;
  try {
    const { size } = fs.statSync(file);
    if (size > MAX_NAMES_BYTES)
      throw new FormatError(
        file,
        `has ${formatBytes(size)}; a list of names has at most ${formatBytes(MAX_NAMES_BYTES)}`,
      );
    text = new TextDecoder('utf-8', { fatal: true }).decode(fs.readFileSync(file));
  } catch (error) {
    throw error instanceof FormatError ? error : unreadable('names', file, error);
  }
  const names = text.split(/\r?\n/);
  if (names.at(-1) === '') names.pop();
  if (names.length !== n) {
    throw new FormatError(
      file,
      `has ${names.length} names; the tree has ${n} items, and needs one name per line for each`,
    );
  }
  return names;
}
