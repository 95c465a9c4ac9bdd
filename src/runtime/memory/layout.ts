import { rangeError } from '../../errors.ts';
import { CONTROL_BLOCKS, CONTROL_BYTES } from './control-words.ts';

/** Control words stand before the data, where also a forgotten pointer does no harm to it. */
const FIRST = CONTROL_BLOCKS * CONTROL_BYTES;
const ALIGNMENT = 64;

/**
 * The plan of a piece of linear memory: regions are added first, then the whole is reserved at once.
 * That is how a memory limit is kept: `totalBytes` is known before any work begins.
 */
export class Layout {
  #next = FIRST;
  #most = FIRST;

  /** Room for `bytes` bytes; its address, a multiple of 64. */
  add(bytes: number): number {
    if (!(Number.isSafeInteger(bytes) && bytes >= 0)) {
      throw rangeError(`a region must have a whole number of bytes, got ${bytes}`);
    }
    const at = this.#next;
    // Kernels may read, not write, up to one vector beyond the last element.
    this.#next += Math.ceil((bytes + 16) / ALIGNMENT) * ALIGNMENT;
    this.#most = Math.max(this.#most, this.#next);
    return at;
  }

  /** The address that the next region gets; see rewind. */
  get mark(): number {
    return this.#next;
  }

  /** Let regions added from here on overlay those added since `mark`, which are no longer needed then. */
  rewind(mark: number): void {
    this.#next = mark;
  }

  /** Bytes of linear memory that the regions take together, at most at any time. */
  get totalBytes(): number {
    return this.#most;
  }
}
