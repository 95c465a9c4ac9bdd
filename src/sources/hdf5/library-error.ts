/** Errors of the HDF5 library, as they cross from its worker to the thread that asked. */

/** Why a call failed. The caller adds the name of the file. */
export interface Problem {
  kind: 'format' | 'memory' | 'platform';
  message: string;
  /** Bytes that the call would have needed. */
  needed?: number;
  /** It needs another file, and the caller did not allow that. */
  needsOther?: boolean;
  /** The library must not be used again. */
  fatal?: boolean;
}

export class LibraryError extends Error {
  constructor(
    readonly problem: Problem,
    cause?: unknown,
  ) {
    super(problem.message, { cause });
  }
}

export const needingOther = (message: string, cause?: unknown) =>
  new LibraryError({ kind: 'format', message, needsOther: true }, cause);

export const damaged = (message: string, cause?: unknown) =>
  new LibraryError({ kind: 'format', message }, cause);
