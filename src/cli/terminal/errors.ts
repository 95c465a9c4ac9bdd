/** What is printed on stderr after an error, and the exit codes: 2 wrong usage, 1 failure, 128 + n ended by signal n. */

import { rangeError } from '../../errors.ts';
import { withShownUrls } from '../../support/shown-url.ts';
import { systemReason } from '../../support/system-files.ts';
import { printable } from './text.ts';

/** The command line is wrong; no work has begun. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  /** The option that is missing or wrong, without dashes, if a caller needs to know it. */
  readonly option: string | undefined;

  constructor(message: string, { option, cause }: { option?: string; cause?: unknown } = {}) {
    super(message, { cause });
    this.option = option;
  }
}

/** The user pressed Ctrl-C, or the system asked the process to end. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor(
    message: string,
    readonly exitCode: number,
  ) {
    super(message);
  }
}

/** Run the library's check of options from the command line; its errors become usage errors. */
export function asUsage<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

/** Replaces names of the library's options by names of the command line's options. */
const FLAGS: [RegExp, string | ((...found: string[]) => string)][] = [
  // Only for a word of amino acids; `coppice batch` adds its own hint.
  [
    /("(?![ACGTN]{9,}")[ACDEFGHIKLMNPQRSTVWY]{6,}" is not a number) \(leave [^)]*\)(?!; if it holds)/,
    "$1; if these are sequences, 'coppice batch run --sequences' clusters them",
  ],
  [/^(atoms|columns|comment|delimiter|header|dataset|array|sheet)(?=: )/, '--$1'],
  [/^idColumn(?=: )/, '--id-column'],
  [/^annotations(?=: )/, '--by or --against'],
  [/^onBadRow(?=: )/, '--on-bad-row'],
  [/^input: /, ''],
  [/\(prepare\(source, [^)]*\), or (--scale zscore)\)/, '($1)'],
  [/\bmemoryLimit\b/g, '--memory'],
  [/\bchunkRows\b/g, '--chunk-rows'],
  [/\bidColumn\b/g, '--id-column'],
  [/\bonBadRow 'skip'/g, '--on-bad-row skip'],
  [/\bonBadRow\b/g, '--on-bad-row'],
  [/\(leaders\.perCluster is (\d+)\)/, '(--leaders is $1)'],
  [/\bleaders\.perCluster\b/g, '--leaders'],
  [/\bleaders\.pick\b/g, '--pick'],
  [/\bclusters\.(distance|inconsistent|depth)\b/g, '--$1'],
  [/\bBatchClustering\.(train|clean)\b/g, "'coppice batch $1'"],
  [/\bBatchClustering\.resume\b/g, "'coppice batch add'"],
  [/\btrain with a larger maxLength$/, 'train with a larger --max-length'],
  [/\bclusters\(\{ overlap: 1 \}\)/, '--overlap 1'],
  [/\bpruning: ([\d.]+)/, '--pruning $1'],
  [/\bmethod: '(\w+)'/, '--method $1'],
  [/^(sample|overlap)(?= (must be|is for) )/, '--$1'],
  [/\bsmaller k or larger clusterSize\b/, 'smaller --k or larger --cluster-size'],
  [/\bclusterSize\b/g, '--cluster-size'],
  [/ or maxLineBytes$/, ''],
  [/\(missing: 'drop-rows', 'drop-columns' or 'mean' /, '(--missing drop-rows, drop-columns or mean '],
  [
    /use missing: '([a-z-]+)'( or '([a-z-]+)')?/,
    (_, one, __, other) => `use --missing ${one}${other ? ` or ${other}` : ''}`,
  ],
  [/to choose yourself, use (columns|encoding)$/, 'to choose yourself, use --$1'],
  [/, say header: true$/, ', use --header'],
  [/, say header: false$/, ', use --no-header'],
  [/\bmetric: '(\w+)'/g, '--metric $1'],
  [/say thousands: ',', decimal: '.'/, 'use --thousands , --decimal .'],
  [/say decimal: ','/, 'use --decimal ,'],
  [/say encoding: 'latin1'/, 'use --encoding latin1'],
  [
    /for the path of a file that you trust, pass \{externalFiles: true\}/,
    'if you trust it, pass --external-files',
  ],
  [/^externalFiles(?=: )/, '--external-files'],
  [/choose another with sheet$/, 'choose another with --sheet'],
  [/say \{format: 'h5ad'\}, or name/, 'name'],
  [/name one with \{dataset\}/, 'name one with --dataset'],
  [/leave the column out with columns, or name it /, 'leave the column out with --columns, or name it '],
  [/twoPass clusters a sample/, "'coppice cluster' clusters a sample"],
  [/pass \{format\}/, 'name the file accordingly'],
  [/stream them with assign\(\)/, 'write them with --out'],
];

/** The text of an error. For a system error about a file, it is put in words here unless someone else has done so. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return error.message || error.name;
  return `${path === undefined ? 'a file' : JSON.stringify(path)} cannot be used (${syscall}): ${systemReason(error)}`;
}

/** An error in one line, with the names of the command line's options. */
export function messageOf(error: unknown): string {
  const text = textOf(error);
  const line = FLAGS.reduce(
    (line, [pattern, flag]) => line.replace(pattern, flag as string),
    withShownUrls(text),
  );
  return printable(line.replace(/\s*[\r\n]+\s*/g, ' ').trim());
}

const UNREADABLE: Record<string, string> = {
  ENOENT: 'there is no such file',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'it is not UTF-8 text',
};

/** The error for a file that cannot be read; `what` says what it should hold. */
export function unreadable(what: string, file: string, cause: unknown): Error {
  const why = messageOf(systemReason(cause, UNREADABLE));
  return new Error(`cannot read the ${what} ${JSON.stringify(file)}: ${why}`, { cause });
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof Interrupted) return error.exitCode;
  return error instanceof UsageError ? 2 : 1;
}

/** Prefix the errors of a check with the name of the file. */
export function about<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw Object.assign(rangeError(`${file}: ${(error as Error).message}`), { cause: error });
  }
}
