/** Opens INPUT, and prepares its rows as the options say. */

import type { OpenSource } from '../../sources/open.ts';
import { prepare } from '../../sources/prepare/prepare.ts';
import { transpose } from '../../sources/prepare/transpose.ts';
import type { ReaderFlags } from '../flags/options.ts';
import { type PreparingFlags, prepareOptions } from '../flags/preparing.ts';
import { UsageError } from '../terminal/errors.ts';
import type { Session } from '../terminal/session.ts';
import { openInput } from './input.ts';

type Flags = ReaderFlags & PreparingFlags & { memory?: number; metric?: string };

/** @throws UsageError for options that exclude each other */
export function checkPreparing(flags: Flags): void {
  const asked = prepareOptions(flags) !== undefined || flags.transpose;
  if (asked && flags.metric === 'rmsd') {
    throw new UsageError('--metric rmsd compares positions of atoms, which cannot be prepared or transposed');
  }
}

/** Transpose and prepare the rows of a source. For columns that are centred or scaled, all rows are read. */
export async function prepared(session: Session, source: OpenSource, flags: Flags): Promise<OpenSource> {
  checkPreparing(flags);
  const { signal, onProgress, memoryLimit } = session.run({ memory: flags.memory });
  const run = { signal, onProgress, memoryLimit };
  const table = flags.transpose ? await transpose(source, run) : source;
  const { onBadRow } = flags;
  const options = prepareOptions(flags);
  return options ? prepare(table, { ...options, onBadRow, ...run }) : table;
}

/**
 * Open one or several inputs, and prepare their rows. The source is closed when the session ends.
 * @param opened the inputs, if they are open already
 */
export async function openPrepared(
  session: Session,
  inputs: readonly string[],
  flags: Flags,
  opened?: OpenSource,
): Promise<OpenSource> {
  checkPreparing(flags);
  const source = await prepared(session, opened ?? (await openInput(session, inputs, flags)), flags);
  session.progress.rowBytes = source.cols * (source.dtype === 'f4' ? 4 : 8);
  return source;
}
