/** Tells squares of distances from tables of features, which look alike. */

import type { ErrorFields } from '../../errors.ts';
import { looksCondensed, looksLikeDistances } from '../../sources/distances.ts';
import type { OpenSource } from '../../sources/open.ts';
import type { ReaderFlags } from '../flags/options.ts';
import { UsageError } from '../terminal/errors.ts';
import type { Session } from '../terminal/session.ts';
import { openInput } from './input.ts';

type Flags = ReaderFlags & { memory?: number };

const isText = (error: unknown) => (error as ErrorFields).reason === 'TEXT_COLUMN';

/** Whether a source is a square of distances. What cannot be read is told by the command that reads it. */
async function isSquare(session: Session, source: OpenSource): Promise<boolean> {
  if ('atoms' in source && source.atoms !== undefined) return false;
  try {
    return await looksLikeDistances(source, session.signal);
  } catch (error) {
    session.signal.throwIfAborted();
    if (isText(error)) throw error;
    return false;
  }
}

/**
 * Open an input, and tell whether it is a square of distances. Names of rows in a first column of text are found.
 * @param expected whether distances are asked for
 */
export async function openDistances(
  session: Session,
  inputs: readonly string[],
  flags: Flags,
  expected = false,
): Promise<{ source: OpenSource; square: boolean }> {
  try {
    const source = await openInput(session, inputs, flags);
    const square = await isSquare(session, source);
    if (square || !expected || flags.idColumn !== undefined) return { source, square };
    // A wrong square is refused for what is wrong with it, not for the names in its first column.
    return (source as { columns?: readonly string[] }).columns?.[0]?.trim() === ''
      ? { source: await openInput(session, inputs, { ...flags, idColumn: 0 }), square }
      : { source, square };
  } catch (error) {
    if (!isText(error) || flags.idColumn !== undefined || flags.columns !== undefined) throw error;
    const source = await openInput(session, inputs, { ...flags, idColumn: 0 });
    const square = await isSquare(session, source).catch(() => false);
    if (square || expected) return { source, square };
    throw error;
  }
}

/**
 * Refuse distances, as a square or a single column, in a command that clusters rows of features.
 * @param explicit whether the metric was given, which says that the rows are features
 * @returns the input if it was opened, so that the command need not open it again
 * @throws UsageError with the line for distances, and the one for features
 */
export async function refuseDistances(
  session: Session,
  inputs: readonly string[],
  flags: Flags,
  command: string,
  explicit: boolean,
): Promise<OpenSource | undefined> {
  if (explicit || inputs.length > 1) return undefined;
  let opened: OpenSource | undefined;
  let what: string | undefined;
  try {
    const { source, square } = await openDistances(session, inputs, flags);
    opened = source;
    const items = square ? undefined : await looksCondensed(source, session.signal);
    if (square) what = 'is a square of distances';
    else if (items) what = `has as many numbers as ${items} items have distances`;
  } catch (error) {
    // The command opens its input again, and tells what is wrong with it.
    if (session.signal.aborted) throw error;
  }
  if (what === undefined) return opened;
  const name = /\s/.test(inputs[0]) ? JSON.stringify(inputs[0]) : inputs[0];
  throw new UsageError(
    `${inputs[0]} ${what}, and coppice ${command} takes rows of features; for a tree of the items use ` +
      `'coppice linkage ${name} --metric precomputed', or give --metric euclidean to cluster its rows as features`,
  );
}
