/**
 * Inputs of calls that go on after they have returned a promise: the caller may use the buffer again at once.
 *
 * Small ones are copied before the first await. Large ones must not change until the call has ended: some of their
 * numbers are looked at when it begins and when it ends, and a buffer that was used again meanwhile is refused. The same
 * holds where a copy has no room, in what `configure` allows or in the call's own limit: a call that fits without copies
 * gives them up (`keepWithin`), so that they change neither what fits nor any result.
 */

import { rangeError } from '../../errors.ts';
import { guard } from '../../support/allocate.ts';
import { isTypedArray } from '../../support/describe.ts';
import { type Pledge, pledge, queued, redeem } from './turns.ts';

/** What is larger is not copied. */
const COPY_BYTES = 4e6;
/** Numbers of a large input that are looked at. */
const SAMPLES = 2048;

type List = ArrayLike<unknown>;
/** An input, what was seen of it, and its name. */
type Watched = readonly [array: List, seen: string, name: string];
/** Where a copy is, what it was made of, and its name. */
type Copy = readonly [owner: Record<string, List>, key: string, original: List, name: string];

const bytesOf = (array: List) => (array as { byteLength?: number }).byteLength ?? 8 * array.length;

/** Some elements; of lists of lists, a number of some. The step is odd, so that it is no multiple of most numbers of columns. */
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

/** Whether so much may be had before the call has its turn: what `configure` limits is counted. */
function mayHave(bytes: number, { pledges }: Inputs): boolean {
  if (queued.limit === Number.POSITIVE_INFINITY) return true;
  const one = pledge(bytes);
  if (one) pledges.push(one);
  return one !== undefined;
}

/** What a call knows of its inputs. */
export class Inputs {
  /** Bytes of the copies. */
  bytes = 0;
  copies: Copy[] = [];
  /** What the process counts until the call has its turn. */
  readonly pledges: Pledge[] = [];
  /** Inputs that must not change. */
  readonly watched: Watched[] = [];

  /** Whether lists, which are read to so many bytes, are to be read before the first await. If not, they are watched. */
  isReadNow(lists: List, bytes: number, name: string): boolean {
    if (mayHave(bytes, this) && bytes <= COPY_BYTES) return true;
    watch(lists, this, name);
    return false;
  }

  /** Put a copy of an array in its place; a large one stays, and is watched. It must be read from `owner` each time. */
  hold<T>(owner: T, key: keyof T & string, name: string = key): void {
    const array = owner[key] as List;
    const bytes = bytesOf(array);
    let copy = array;
    try {
      if (bytes <= COPY_BYTES && mayHave(bytes, this)) copy = snapshotOf(array);
    } catch {
      // The platform has no room either.
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

/** Keep copies only where they fit into so many bytes. @returns the bytes that they take */
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

/** A copy of an array of up to 4 MB; a larger one as it is. */
export function snapshotOf<T extends List>(array: T): T {
  if (bytesOf(array) > COPY_BYTES) return array;
  // A Buffer's own `slice` makes no copy.
  const { slice } = (Array.isArray(array) ? array : Float64Array.prototype) as unknown[];
  return slice.call(array) as never;
}

const copyAny = (row: unknown) => (Array.isArray(row) || isTypedArray(row) ? snapshotOf(row) : row);

/** As `hold`, for what may be no list, which is refused elsewhere. */
export function holdAny<T>(owner: T, key: keyof T & string, inputs: Inputs, name: string = key): void {
  const value = owner[key];
  if (Array.isArray(value) || isTypedArray(value)) inputs.hold(owner, key, name);
}

/** Options as they are at this moment. */
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
  return rangeError(`${name} was changed during the call; up to 4 MB are copied, where memoryLimit has room`);
}

/** @throws RangeError where an input that was not copied has changed since the call began */
export function checkInputs({ pledges, watched }: Inputs): void {
  pledges.forEach(redeem);
  for (const [array, seen, name] of watched) if (look(array) !== seen) throw changed(name);
}
