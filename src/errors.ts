/**
 * The errors that Coppice throws on purpose. A wrong type is a built-in `TypeError`, and a wrong value a built-in
 * `RangeError`. The classes here have fields that those two do not have. All errors have a `code`.
 */

import { join, type Message, type MessagePart, option, Words } from './messages.ts';
import type { CoppiceWarning } from './types.ts';

/** Machine-readable kinds of errors. */
export type ErrorCode =
  | 'ERR_TYPE'
  | 'ERR_RANGE'
  | 'ERR_FORMAT'
  | 'ERR_MEMORY_LIMIT'
  | 'ERR_PLATFORM'
  | 'ERR_BAD_ROW'
  | 'ERR_KERNEL'
  | 'ERR_STORE';

/**
 * Why something was refused, for cases that a program can handle.
 * - `OTHER_FORMAT`: the option is for files of another format.
 * - `UNKNOWN_FORMAT`: no reader recognises the file.
 * - `TEXT_COLUMN`: a column has text where numbers are needed.
 * - `MISSING_VALUE`: a value is missing, and the option `missing` does not say what to do.
 */
export type ErrorReason = 'OTHER_FORMAT' | 'UNKNOWN_FORMAT' | 'TEXT_COLUMN' | 'MISSING_VALUE';

/** Facts about an error, for programs. */
export interface ErrorFields {
  /** The argument or option that is wrong. */
  option?: string;
  /** The values of the option among which to choose, if the file has several. */
  choices?: readonly string[];
  reason?: ErrorReason;
  /** The values that are allowed, in words. */
  allowed?: string;
  /** What was got instead, in words. */
  got?: string;
  /** The message in parts, if it names options: programs that call them otherwise can put it into their own words. */
  readonly parts?: readonly MessagePart[];
}

/** Keep the parts of a message. They are not enumerable, since consoles print the fields that are. */
function withParts<E extends Error | CoppiceWarning>(error: E, message: Message): E {
  return message instanceof Words
    ? Object.defineProperty(error, 'parts', { value: message.parts, configurable: true })
    : error;
}

/** Put text before or after the message of an error. */
export function amend<E>(error: E, before: string, after: Message = ''): E {
  const { message, parts } = error as Error & ErrorFields;
  const all = join(before, parts ? new Words(parts) : message, after);
  withParts(error as Error, all).message = `${all}`;
  return error;
}

/**
 * A function that makes built-in errors with a `code`, so that callers can distinguish errors of Coppice from those of the
 * JavaScript engine.
 */
function coded<E extends Error>(Type: new (text: string) => E, code: ErrorCode) {
  return (message: Message, fields?: ErrorFields): E & { code: ErrorCode } & ErrorFields =>
    withParts(Object.assign(new Type(`${message}`), { code }, fields), message);
}

/** A `TypeError`: an argument has the wrong type or element type. */
export const typeError = /* @__PURE__ */ coded(TypeError, 'ERR_TYPE');

/** A `RangeError`: an argument has the right type but a value that is not allowed. */
export const rangeError = /* @__PURE__ */ coded(RangeError, 'ERR_RANGE');

/** A warning. */
export function warning(code: string, message: Message): CoppiceWarning {
  return withParts({ code, message: `${message}` } as CoppiceWarning, message);
}

/** A file violates its format. The error names the file and, if known, the byte offset. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
  readonly code: ErrorCode = 'ERR_FORMAT';
  /** Name of the file or input. */
  readonly file: string;
  /** Offset in bytes from the start of the file. */
  readonly offset: number | undefined;
  /** Line, counted from 1, for text formats. */
  readonly line: number | undefined;
  /** Column (field), counted from 1, for text formats. */
  readonly column: number | undefined;
  /** Name of the column, if it has one. */
  readonly columnName: string | undefined;
  readonly reason: ErrorReason | undefined;
  /** The message in parts, if it names options. */
  declare readonly parts?: readonly MessagePart[];

  constructor(
    file: string,
    problem: Message,
    place: {
      offset?: number | undefined;
      line?: number | undefined;
      column?: number | undefined;
      columnName?: string | undefined;
      /** The place in words, instead of line and column: a cell of a sheet. */
      cell?: string | undefined;
      reason?: ErrorReason | undefined;
      cause?: unknown;
    } = {},
  ) {
    const at: string[] = [];
    if (place.cell !== undefined) at.push(place.cell);
    else if (place.line !== undefined) at.push(`line ${place.line}`);
    if (place.column !== undefined && place.cell === undefined) at.push(`column ${place.column}`);
    if (place.offset !== undefined) at.push(`byte ${place.offset}`);
    const message = join(file, at.length > 0 ? `, ${at.join(', ')}` : '', ': ', problem);
    super(`${message}`, { cause: place.cause });
    withParts(this, message);
    this.file = file;
    this.offset = place.offset;
    this.line = place.line;
    this.column = place.column;
    this.columnName = place.columnName;
    this.reason = place.reason;
  }
}

/** A row cannot be clustered: it has NaN or infinity, or no distance by the metric. Rows are counted from 0. */
export class BadRowError extends RangeError {
  override readonly name = 'BadRowError';
  readonly code: ErrorCode = 'ERR_BAD_ROW';
  /** Row of the input, counted from 0. */
  readonly row: number;
  /** Column of the input, counted from 0; -1 if the row as a whole has no distance by the metric. */
  readonly col: number;

  constructor(what: string, row: number, col: number, value: number | string) {
    super(
      typeof value === 'string'
        ? `${what}: row ${row} ${value}`
        : `${what}: row ${row}, column ${col} is ${value}; only finite numbers can be clustered`,
    );
    this.row = row;
    this.col = col;
  }
}

/** The work does not fit within the memory limit. */
export class MemoryLimitError extends RangeError {
  override readonly name = 'MemoryLimitError';
  readonly code: ErrorCode = 'ERR_MEMORY_LIMIT';
  /** Bytes that the request needs. */
  readonly neededBytes: number;
  /** Bytes that are allowed. */
  readonly allowedBytes: number;
  /** A sentence that says what would fit. */
  readonly wouldFit: string;
  /** Whether other calls hold the memory that `configure` allows. Then the call may succeed later. */
  readonly busy: boolean;
  /** The message in parts. */
  declare readonly parts: readonly MessagePart[];

  constructor(what: string, neededBytes: number, allowedBytes: number, wouldFit: Message, busy = false) {
    const message = join(
      `${what} needs ${formatEnough(neededBytes)}, but `,
      option('memoryLimit'),
      ` allows ${formatBytes(shorten(allowedBytes, Math.floor))}; `,
      wouldFit,
    );
    super(`${message}`);
    withParts(this, message);
    this.neededBytes = neededBytes;
    this.allowedBytes = allowedBytes;
    this.wouldFit = `${wouldFit}`;
    this.busy = busy;
  }
}

/** The platform lacks a feature that the call needs, or has no more memory. */
export class PlatformError extends Error {
  override readonly name = 'PlatformError';
  readonly code: ErrorCode = 'ERR_PLATFORM';

  constructor(message: Message, options?: ErrorOptions) {
    super(`${message}`, options);
    withParts(this, message);
  }
}

/** Matches messages of JavaScript engines that have no memory left. */
const NO_MEMORY = /allocat|out of memory/i;

/**
 * If a JavaScript engine threw the error because it had no memory left for `what`, a PlatformError; else the error
 * itself.
 */
export function asOurs(error: unknown, what = 'this call'): unknown {
  const { name, message, code } = Object(error);
  return /^(Range|Internal)Error$/.test(name) && code === undefined && NO_MEMORY.test(message)
    ? new PlatformError(`${what}: the platform gives no more memory`, { cause: error })
    : error;
}

/** A store cannot be read or written, or another run uses it. Its previous contents are kept. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: ErrorCode = 'ERR_STORE';
  /** Name of the store. */
  readonly store: string;

  constructor(store: string, problem: Message, cause?: unknown) {
    const message = join(`${store}: `, problem);
    super(`${message}`, { cause });
    withParts(this, message);
    this.store = store;
  }
}

/** A number of bytes to three significant digits, rounded with `round` (up or down). */
function shorten(bytes: number, round: (x: number) => number): number {
  const step = 10 ** Math.max(0, String(Math.floor(bytes)).length - 3);
  return round(bytes / step) * step;
}

/** As formatBytes, but rounded up, so that a limit of the printed size is enough. */
export function formatEnough(bytes: number): string {
  return formatBytes(shorten(bytes, Math.ceil));
}

/** A number of bytes as text for people: units are powers of 1,000, with three significant digits. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : Number(value.toPrecision(3))} ${units[unit]}`;
}
