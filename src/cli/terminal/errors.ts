/** What is printed on stderr after an error, and the exit codes: 2 wrong usage, 1 failure, 128 + n ended by signal n. */

import { amend, type ErrorFields } from '../../errors.ts';
import { reword, type Wording } from '../../messages.ts';
import { systemReason } from '../../support/system-files.ts';
import { withShownUrls } from '../../support/text/shown-url.ts';
import { FLAGS } from './flags.ts';
import { oneLine } from './text.ts';

/** The command line is wrong; no work has begun. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  /** The option that is missing or wrong, without dashes, if a caller needs to know it. */
  readonly option: string | undefined;

  /** The message in parts, if it is the library's. */
  readonly parts: ErrorFields['parts'];

  constructor(message: string, { option, cause }: { option?: string; cause?: unknown } = {}) {
    super(message, { cause });
    this.option = option;
    this.parts = (cause as ErrorFields | undefined)?.parts;
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

/** The text of an error. For a system error about a file, it is put in words here unless someone else has done so. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String((error as Partial<Error> | null)?.message ?? error);
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return error.message || error.name;
  return `${path === undefined ? 'a file' : JSON.stringify(path)} cannot be used (${syscall}): ${systemReason(error)}`;
}

/** The words of the running command, where they are other than those of most commands. */
let own: Wording = {};

/** Put options into the words of the running command from now on. */
export function setWording(wording: Wording): void {
  own = { ...own, ...wording };
}

/** A message that is shown: an error of any kind, or a warning. */
export function messageOf(error: unknown): string {
  const { parts } = Object(error) as ErrorFields;
  return oneLine(withShownUrls(parts ? reword(parts, { ...FLAGS, ...own }) : textOf(error)));
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
    throw amend(error, `${file}: `);
  }
}
