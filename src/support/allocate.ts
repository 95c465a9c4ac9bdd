import { asOurs, formatBytes, PlatformError } from '../errors.ts';

interface ArrayType<A> {
  new (length: number): A;
  readonly BYTES_PER_ELEMENT: number;
}

/**
 * A typed array of zeros.
 * @param what names its purpose in messages
 * @throws PlatformError if the platform has no memory for it
 */
export function allocate<A>(Type: ArrayType<A>, length: number, what = 'this call'): A {
  try {
    return new Type(length);
  } catch (cause) {
    throw noRoom(what, length * Type.BYTES_PER_ELEMENT, cause);
  }
}

/** A copy of a typed array. @throws PlatformError if the platform has no memory for it */
export function copyOf<A extends { readonly byteLength: number; slice(): A }>(
  array: A,
  what = 'this call',
): A {
  try {
    return array.slice();
  } catch (cause) {
    throw noRoom(what, array.byteLength, cause);
  }
}

/** @param cause the platform's error */
export function noRoom(what: string, bytes: number, cause: unknown): PlatformError {
  return new PlatformError(`${what}: the platform cannot allocate ${formatBytes(bytes)} of memory`, {
    cause,
  });
}

/** Run work. @throws PlatformError if the platform runs out of memory */
export function guard<R>(work: () => R): R {
  try {
    return work();
  } catch (error) {
    throw asOurs(error);
  }
}

/** Await work. @throws PlatformError if the platform runs out of memory */
export async function guarded<T>(work: Promise<T>, what?: string): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw asOurs(error, what);
  }
}

/** Like `guarded`, for an async iterable. */
export async function* guardedEach<T>(
  work: AsyncIterable<T>,
  what?: string,
): AsyncGenerator<T, void, undefined> {
  try {
    yield* work;
  } catch (error) {
    throw asOurs(error, what);
  }
}
