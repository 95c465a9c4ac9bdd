/**
 * Inputs of asynchronous calls. The caller may change an array as soon as the call has returned its promise.
 *
 * Small inputs are copied before the first await. Large ones must not change until the call has ended: a sample of
 * their elements is compared at the beginning and at the end, and the call fails if it differs. The same holds if a
 * copy does not fit into the limit of `configure` or of the call: a call that fits without copies gives them up
 * (`keepWithin`). So copies change neither which calls fit nor any result.
 */

import { rangeError } from '../../errors.ts';
import { join, option } from '../../messages.ts';
import { guard } from '../../support/allocate.ts';
import { isTypedArray } from '../../support/text/describe.ts';
import { type Pledge, pledge, queued, redeem } from './turns.ts';

/** Inputs above this size are not copied. */
const COPY_BYTES = 4e6;
/** Number of elements of a large input that are compared. */
const SAMPLES = 2048;

type List = ArrayLike<unknown>;
/** An input, a sample of its elements as text, and its name. */
type Watched = readonly [array: List, seen: string, name: string];
/** Where a copy is stored, the original, and its name. */
type Copy = readonly [owner: Record<string, List>, key: string, original: List, name: string];

const bytesOf = (array: List) => (array as { byteLength?: number }).byteLength ?? 8 * array.length;

/**
 * A sample of elements, as text; of a list of rows, one element of each sampled row. The step is odd, so that it is
 * not a multiple of most numbers of columns.
 */
function look(array: List): string {
  const seen: unknown[] = [array.length];
  for (let i = 0; i < array.length; i += Math.ceil(array.length / SAMPLES) | 1) {
    const value = array[i] as List;
    seen.push(typeof value === 'object' ? value?.[i % value.length] : value);
  }
  return seen.join();
}

function watch(array: List, { watched }: Inputs, name: string): void {
  watched.push([array, look(array), name]);
}

/**
 * Whether a copy of `bytes` bytes is allowed before the call has its turn. It counts towards the limit of `configure`.
 */
function mayHave(bytes: number, { pledges }: Inputs): boolean {
  if (queued.limit === Number.POSITIVE_INFINITY) return true;
  const one = pledge(bytes);
  if (one) pledges.push(one);
  return one !== undefined;
}

/** The inputs of a call: copies of small ones, and samples of large ones. */
export class Inputs {
  /** Bytes of the copies. */
  bytes = 0;
  copies: Copy[] = [];
  /** Copies that are counted separately until the call has its turn. */
  readonly pledges: Pledge[] = [];
  /** Inputs that must not change. */
  readonly watched: Watched[] = [];

  /**
   * Whether lists, which take `bytes` bytes once read, are read before the first await. If not, they are watched.
   */
  isReadNow(lists: List, bytes: number, name: string): boolean {
    if (bytes <= COPY_BYTES && mayHave(bytes, this)) return true;
    watch(lists, this, name);
    return false;
  }

  /**
   * Replace `owner[key]` by a copy. A large array stays and is watched. Callers must read it from `owner` each time.
   */
  hold<T>(owner: T, key: keyof T & string, name: string = key): void {
    const array = owner[key] as List;
    const bytes = bytesOf(array);
    let copy = array;
    try {
      if (bytes <= COPY_BYTES && mayHave(bytes, this)) copy = snapshotOf(array);
    } catch {
      // The platform has no memory for a copy: the array is watched instead.
    }
    if (copy === array) {
      watch(array, this, name);
    } else {
      owner[key] = copy as never;
      this.bytes += bytes;
      this.copies.push([owner as never, key, array, name]);
    }
  }
}

/** Keep the copies only if they fit into `room` bytes. @returns the bytes of the copies that are kept */
export function keepWithin(inputs: Inputs, room: number): number {
  if (inputs.bytes > room) {
    for (const [owner, key, original, name] of inputs.copies) {
      const copy = owner[key] as unknown[];
      if (copy.length !== original.length || !copy.every((value, i) => Object.is(value, original[i]))) {
        throw changed(name);
      }
      owner[key] = original;
      watch(original, inputs, name);
    }
    inputs.pledges.forEach(redeem);
    inputs.bytes = 0;
    inputs.copies = [];
  }
  return inputs.bytes;
}

/** A copy of an array of up to 4 MB. A larger array is returned as it is. */
export function snapshotOf<T extends List>(array: T): T {
  if (bytesOf(array) > COPY_BYTES) return array;
  // A Buffer's own `slice` makes no copy.
  const { slice } = (Array.isArray(array) ? array : Float64Array.prototype) as unknown[];
  return slice.call(array) as never;
}

const copyAny = (row: unknown) => (Array.isArray(row) || isTypedArray(row) ? snapshotOf(row) : row);

/** As `hold`, if the value is a list or a typed array. Other values are checked elsewhere. */
export function holdAny<T>(owner: T, key: keyof T & string, inputs: Inputs, name: string = key): void {
  const value = owner[key];
  if (Array.isArray(value) || isTypedArray(value)) inputs.hold(owner, key, name);
}

/** A copy of the options, so that later changes by the caller have no effect. */
export function ownOptions<T extends object>(options: T, inputs: Inputs): T {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return options;
  const own = { ...options } as Record<string, unknown>;
  for (const key in own) {
    const value = own[key];
    const { data } = (value ?? {}) as { data?: unknown };
    if (isTypedArray(data)) {
      const matrix = { ...(value as object), data };
      inputs.hold(matrix, 'data', key);
      own[key] = matrix;
    } else if (Array.isArray(value) && typeof value[0] === 'object')
      own[key] = guard(() => value.map(copyAny));
    else holdAny(own, key, inputs);
  }
  return own as T;
}

function changed(name: string): RangeError {
  return rangeError(
    join(
      `${name} was changed during the call; up to 4 MB are copied, where `,
      option('memoryLimit'),
      ' has room',
    ),
  );
}

/** @throws RangeError if an input that was not copied has changed since the call began */
export function checkInputs({ pledges, watched }: Inputs): void {
  pledges.forEach(redeem);
  for (const [array, seen, name] of watched) if (look(array) !== seen) throw changed(name);
}
