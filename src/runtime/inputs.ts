/**
 * Inputs of calls that go on after they have returned a promise: the caller may use the buffer again at once.
 *
 * Small ones are copied before the first await, and the copy counts in the memory limit. Large ones
 * must not change until the call has ended: some of their numbers are looked at when it begins and when it ends, and a
 * buffer that was used again meanwhile is refused. So is a small one where `configure` leaves no room for copies.
 */
import { isTypedArray } from '../describe.ts';
import { rangeError } from '../errors.ts';
import { type Pledge, pledge } from './turns.ts';

/** What is larger is not copied. */
const COPY_BYTES = 4e6;
/** Numbers of a large input that are looked at. */
const SAMPLES = 2048;

/** An input, what was seen of it, and its name. */
type Watched = readonly [array: ArrayLike<unknown>, seen: string, name: string];

/** What a call knows of its inputs. */
export interface Inputs {
  /** Bytes that are left for the call. */
  limit: number;
  /** Bytes of copies, which `limit` does not hold any more; */
  held: number;
  /** and what the process knows of them. */
  readonly copies: Pledge[];
  /** Inputs that must not change. */
  readonly watched: Watched[];
}

export function createInputs(limit: number): Inputs {
  return { limit, held: 0, copies: [], watched: [] };
}

/** Some elements; of lists of lists, a number of some. The step is odd, so that it is no multiple of most numbers of columns. */
function look(array: ArrayLike<unknown>): string {
  const seen: unknown[] = [array.length];
  for (let i = 0; i < array.length; i += Math.ceil(array.length / SAMPLES) | 1) {
    const value = array[i] as ArrayLike<unknown>;
    seen.push(typeof value === 'object' ? value?.[i % value.length] : value);
  }
  return seen.join();
}

/**
 * Whether an input is small, so that it can be copied before the first await: then the copy is counted. If not, it is
 * watched. Lists of lists are counted in any case, as the `bytes` that they are read to.
 */
export function isSmall(array: ArrayLike<unknown>, inputs: Inputs, name: string, bytes: number): boolean {
  const small = bytes <= COPY_BYTES;
  if (small || Array.isArray(array)) {
    // Counted even where it cannot be made: what fits does not depend on other calls.
    inputs.held += bytes;
    inputs.limit -= bytes;
    const one = pledge(bytes);
    if (one) inputs.copies.push(one);
    if (one && small) return true;
  }
  inputs.watched.push([array, look(array), name]);
  return false;
}

/** An array as it is at this moment: a copy, or, where it is large, itself, which is watched. */
export function hold<T extends ArrayLike<unknown>>(array: T, inputs: Inputs, name: string): T {
  const bytes = (array as { byteLength?: number }).byteLength ?? 8 * array.length;
  return isSmall(array, inputs, name, bytes) ? copyOf(array) : array;
}

/** A copy of an array of up to 4 MB; a larger one as it is. */
export function copyOf<T extends ArrayLike<unknown>>(array: T): T {
  const { byteLength, slice } = array as never as Float64Array;
  if (byteLength > COPY_BYTES) return array;
  // A Buffer's own `slice` makes no copy.
  return (array instanceof Uint8Array ? new Uint8Array(array) : slice.call(array)) as never;
}

/** A copy of what is small: numbers in arrays, in lists or in a matrix. Anything else as it is. */
function snapshot<T>(value: T): T {
  if (isTypedArray(value)) return copyOf(value as never);
  if (Array.isArray(value)) return (8 * value.length > COPY_BYTES ? value : value.map(snapshot)) as never;
  const { data } = (value ?? {}) as { data?: unknown };
  return isTypedArray(data) ? { ...value, data: snapshot(data) } : value;
}

/** `hold` for what may be no list, which is refused elsewhere. */
export function holdAny<T>(value: T, inputs: Inputs, name: string): T {
  return Array.isArray(value) || isTypedArray(value) ? (hold(value as never, inputs, name) as T) : value;
}

/** Options as they are at this moment. */
export function ownOptions<T extends object>(options: T): T {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return options;
  const own = { ...options };
  for (const key in own) own[key] = snapshot(own[key]);
  return own;
}

/** @throws RangeError where an input that was not copied has changed since the call began */
export function checkInputs({ watched = [] }: Partial<Inputs>): void {
  for (const [array, seen, name] of watched) {
    if (look(array) !== seen) {
      throw rangeError(`${name} was changed before the call ended; above 4 MB it is not copied`);
    }
  }
}
