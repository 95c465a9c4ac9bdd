/** The error for a package that is loaded when it is first needed, and could not be. */
import { PlatformError } from '../../errors.ts';
import { type Message, say } from '../../messages.ts';

/**
 * @param what is needed, as the beginning of a sentence: "data.h5: HDF5 files need the package"
 * @param cause why it did not load. Deno's own errors say which permission is missing.
 */
export function notLoaded(what: Message, library: string, cause: unknown): PlatformError {
  const { name, message } = Object(cause) as { name?: string; message?: string };
  const denied = name === 'NotCapable' || name === 'PermissionDenied';
  // 'h5wasm/node' is a part of 'h5wasm'; a scope belongs to the name.
  const [, installed] = /^(@[^/]+\/[^/]+|[^/]+)/.exec(library) as RegExpExecArray;
  const why = denied
    ? `: ${message}`
    : `; install it (npm install ${installed}, or deno add npm:${installed})`;
  return Object.assign(new PlatformError(say`${what} ${JSON.stringify(library)}, which did not load${why}`), {
    cause,
  });
}
