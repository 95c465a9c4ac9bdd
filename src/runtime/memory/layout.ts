import { rangeError } from '../../errors.ts';
import { CONTROL_BLOCKS, CONTROL_BYTES } from './control-words.ts';

/** Control words come before the data. So address 0, a pointer that was never set, is not in the data. */
const FIRST = CONTROL_BLOCKS * CONTROL_BYTES;
const ALIGNMENT = 64;

/**
 * The plan of a piece of linear memory: regions are added first, then all of them are reserved at once.
 * This is how a memory limit is kept: `totalBytes` is known before any work begins.
 */
export class Layout {
  #next = FIRST;
  #most = FIRST;

  /** Add a region of `bytes` bytes. @returns its address, a multiple of 64 */
  add(bytes: number): number {
    if (!(Number.isSafeInteger(bytes) && bytes >= 0)) {
      throw rangeError(`a region must have a whole number of bytes, got ${bytes}`);
    }
    const at = this.#next;
    // Kernels may read (but not write) up to one vector (16 bytes) beyond the last element.
    this.#next += Math.ceil((bytes + 16) / ALIGNMENT) * ALIGNMENT;
    this.#most = Math.max(this.#most, this.#next);
    return at;
  }

  /** The address of the next region; see rewind. */
  get mark(): number {
    return this.#next;
  }

  /** Place the next regions over those added since `mark`, which are no longer needed when the new ones are used. */
  rewind(mark: number): void {
    this.#next = mark;
  }

  /** Bytes of linear memory that all regions need. */
  get totalBytes(): number {
    return this.#most;
  }
}
