/** Joins the tables of --join to INPUT, by the names of their rows. */

import { type Format, formats, type OpenOptions } from '../../sources/formats.ts';
import { join } from '../../sources/join/join.ts';
import { type OpenSource, open } from '../../sources/open.ts';
import type { ReaderFlags } from '../flags/options.ts';
import { UsageError } from '../terminal/errors.ts';
import type { Session } from '../terminal/session.ts';

/** All formats: an option for INPUT need not apply to the tables that are joined to it. */
const ANY: readonly Format[] = formats.map(({ name }) => name);

/**
 * INPUT with the columns of the tables that `flags` name; INPUT itself if there are none.
 * @param reading the options with which INPUT was opened. They hold for the other tables too, except the choice of columns
 */
export async function joinOthers(
  session: Session,
  source: OpenSource,
  { join: files = [], joinHow, joinId, idColumn, onBadRow }: ReaderFlags,
  reading: OpenOptions,
): Promise<OpenSource> {
  if (files.length === 0) {
    const stray = joinHow ? '--join-how' : joinId === undefined ? undefined : '--join-id';
    if (stray) throw new UsageError(`${stray} needs --join, the table whose columns are added`);
    return source;
  }
  const options = {
    ...reading,
    ...{ format: ANY, columns: undefined, annotations: undefined, idColumn: joinId ?? idColumn },
    ...(onBadRow === 'skip' ? { onBadRow, nulls: 'nan' as const } : {}),
  };
  const others: OpenSource[] = [];
  for (const file of files) {
    const other = await open(file, options);
    session.onEnd(() => other.close?.());
    others.push(other);
  }
  const { signal, onProgress } = session.run({});
  const { onWarning, memoryLimit } = reading;
  return join([source, ...others], { how: joinHow ?? 'same', signal, onProgress, onWarning, memoryLimit });
}
