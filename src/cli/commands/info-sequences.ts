/** The output of `coppice info` for a file of sequences. */
import { formatBytes } from '../../errors.ts';
import { openSequences, type SequenceSource } from '../../sequences/source.ts';
import { openBytes } from '../../sources/bytes/open.ts';
import { detect } from '../../sources/formats.ts';
import type { Session } from '../terminal/session.ts';
import { report } from '../terminal/summary.ts';
import { fields, formatCount, plural } from '../terminal/text.ts';

const FORMATS = { fasta: 'FASTA', lines: 'text, one sequence a line', table: 'table' };

/** Whether a file may be a text of sequences: a table of text, or no format that is known. */
async function mayBeText(input: string): Promise<boolean> {
  const bytes = await openBytes(input, undefined, { onWarning: () => {} });
  try {
    return (await detect(bytes).catch(() => 'csv')) === 'csv';
  } finally {
    await bytes.close();
  }
}

/** The file as sequences; undefined if its beginning cannot be read as such. */
export async function tryAsSequences(
  session: Session,
  input: string,
  options: { delimiter?: string; comment?: string } = {},
): Promise<SequenceSource | undefined> {
  if (!(await mayBeText(input))) return undefined;
  let source: SequenceSource;
  try {
    // What is told of the encoding was told when the file was opened as a table.
    source = await openSequences(input, { ...options, onWarning: () => {} });
  } catch {
    return undefined;
  }
  session.onEnd(() => source.close());
  try {
    for await (const _ of source.chunks({ chunkRows: 64, signal: session.signal })) break;
    return source;
  } catch {
    return undefined;
  }
}

export async function infoOfSequences(
  session: Session,
  source: SequenceSource,
  { head, bytes, all }: { head: number; bytes: number | undefined; all: boolean },
): Promise<void> {
  const first: string[] = [];
  const distinct = new Set<string>();
  let rows = 0;
  let longest = 0;
  for await (const { sequences } of source.chunks({ chunkRows: 4096, signal: session.signal })) {
    for (const one of sequences) {
      if (first.length < head) first.push(one);
      longest = Math.max(longest, one.length);
      if (all) distinct.add(one);
    }
    rows += sequences.length;
    session.progress.update({ phase: 'read', done: rows });
    if (!all && first.length >= head) break;
  }
  const { name, format, column } = source;
  const facts = { command: 'info', input: name, format, column: column ?? null, bytes: bytes ?? null };
  const counts = all ? { rows, sequences: distinct.size, longest } : { rows: null };
  report(session, { ...facts, ...counts, head: first }, () => {
    const lines = fields([
      ['File', name],
      ['Holds', 'sequences of amino acids'],
      ['Format', `${FORMATS[format]}${column === undefined ? '' : `, column ${column}`}`],
      all
        ? [
            'Rows',
            `${formatCount(rows)}, ${plural(distinct.size, 'distinct sequence')}, the longest of ${longest}`,
          ]
        : ['Rows', 'not counted, since the file is large (use --count)'],
      bytes === undefined ? undefined : ['Size', formatBytes(bytes)],
      [
        'Clusters',
        `coppice batch run ${name} ${column === undefined ? '--sequences' : `--column ${column}`} --out clusters.csv`,
      ],
    ]);
    return first.length > 0 ? `${lines}\n\n${first.join('\n')}` : lines;
  });
}
