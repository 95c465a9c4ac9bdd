/** Inputs that a command needs as a whole: a table of vectors, a linkage matrix, a list of names. */

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

/** Bytes of a table where the user names no limit: what linear memory could take. */
const DEFAULT_LIMIT = 2 ** 32;

export interface Table extends Matrix {
  /** Names of the rows, where there is a column of them. */
  ids: string[];
}

/**
 * Read all rows.
 * @throws MemoryLimitError before memory is asked for, where that is known
 */
export async function readTable(session: Session, source: OpenSource, limit = DEFAULT_LIMIT): Promise<Table> {
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
      `has ${source.cols} ${source.cols === 1 ? 'column' : 'columns'}; a linkage matrix has 4 (what 'coppice linkage' and ` +
        'scipy.cluster.hierarchy.linkage make)',
    );
  }
  const { data } = await readTable(session, source);
  const Z = data instanceof Float64Array ? data : Float64Array.from(data);
  about(source.name, () => isValidLinkage(Z, { throw: true }));
  return Z;
}

/** More than any list of names that is worth a tree; a larger file is something else. */
const MAX_NAMES_BYTES = 2 ** 28;

/**
 * Names, one a line, for n items.
 * @throws FormatError where there are not n
 */
export function readNames(file: string, n: number): string[] {
  let text: string;
  try {
    const { size } = fs.statSync(file);
    if (size > MAX_NAMES_BYTES)
      throw new FormatError(file, `has ${formatBytes(size)}; that is no list of names`);
    text = new TextDecoder('utf-8', { fatal: true }).decode(fs.readFileSync(file));
  } catch (error) {
    throw error instanceof FormatError ? error : unreadable('names', file, error);
  }
  const names = text.split(/\r?\n/);
  if (names.at(-1) === '') names.pop();
  if (names.length !== n) {
    throw new FormatError(file, `has ${names.length} names, one a line; the tree has ${n} items`);
  }
  return names;
}
