/**
 * Checks structures that, if damaged, would send the HDF5 library into an endless loop. They are checked when the library
 * reads them: the global heap, which has texts of variable length, and the free list of a local heap, which has names.
 * Format: https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html
 */

const GLOBAL_HEAP = 0x4c4f4347; // "GCOL"
const LOCAL_HEAP = 0x50414548; // "HEAP"
/** Length of the header of a collection, and of the header of each of its objects. */
const HEADER_BYTES = 16;
/** The value that ends a free list. */
const LAST = 1;
/** The library counts in 32 bits, so it would take a larger size for another number. */
const MOST_BYTES = 2 ** 32 - 1;

/** A local heap, whose data may not have been read yet. */
interface Heap {
  free: number;
  bytes: number;
}

/** The first read of a collection has 4 kB. A read longer than this is not the beginning of one, even if it looks so. */
const MOST_BEGIN_BYTES = 2 ** 16;
/** Largest number of incomplete collections that are remembered. */
const MOST_BEGINNINGS = 64;

/** Checks the bytes that are read from one file. */
export class StructureCheck {
  /** Local heaps, by the offset of their data. */
  readonly #heaps = new Map<number, Heap>();
  /** Beginnings of global heap collections, by the offset at which they continue. */
  readonly #beginnings = new Map<number, Uint8Array>();

  /** The problem of a block that was read at a position; undefined if there is none. */
  look(block: Uint8Array, position: number): string | undefined {
    const heap = this.#heaps.get(position);
    const places = heap && freeList(block, heap);
    if (places) return places;
    const begun = this.#beginnings.get(position);
    if (begun) {
      this.#beginnings.delete(position);
      const wrong = globalHeap(joined(begun, block));
      if (wrong) return wrong;
    }
    if (block.length < 32) return undefined;
    const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
    const signature = view.getUint32(0, true);
    if (signature === GLOBAL_HEAP) return this.#globalHeap(block, position);
    if (signature !== LOCAL_HEAP) return undefined;
    const [bytes, free, at] = [8, 16, 24].map((offset) => Number(view.getBigUint64(offset, true)));
    if (bytes > MOST_BYTES) return `a local heap says that it has ${bytes} bytes`;
    const found = { free, bytes };
    this.#heaps.set(at, found);
    // The data are often read together with the header.
    return at >= position && at < position + block.length
      ? freeList(block.subarray(at - position), found)
      : undefined;
  }

  #globalHeap(block: Uint8Array, position: number): string | undefined {
    if (block.length <= MOST_BEGIN_BYTES) {
      if (this.#beginnings.size >= MOST_BEGINNINGS) this.#beginnings.clear();
      this.#beginnings.set(position + block.length, block.slice());
    }
    return globalHeap(block);
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** Check that the sizes lead from object to object and to an end. The library follows them also from index 0. */
function globalHeap(collection: Uint8Array): string | undefined {
  const view = new DataView(collection.buffer, collection.byteOffset, collection.byteLength);
  const bytes = Number(view.getBigUint64(8, true));
  if (bytes > MOST_BYTES) return `a global heap says that it has ${bytes} bytes`;
  for (let at = HEADER_BYTES; at + HEADER_BYTES <= Math.min(bytes, view.byteLength); ) {
    const index = view.getUint16(at, true);
    const size = Number(view.getBigUint64(at + 8, true));
    if (size > bytes - at) return `an object of a global heap of ${bytes} bytes says that it has ${size}`;
    // Index 0 is the free space of the collection; its size includes its header.
    if (index === 0 && size < HEADER_BYTES) return 'the list of objects in a global heap has no end';
    at += index === 0 ? size : HEADER_BYTES + Math.ceil(size / 8) * 8;
  }
  return undefined;
}

function freeList(data: Uint8Array, { free, bytes }: Heap): string | undefined {
  // Only complete data are checked; in the end the library reads them in one piece.
  if (data.length < bytes) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let at = free;
  for (let left = bytes / HEADER_BYTES; at !== LAST; left--) {
    if (at + HEADER_BYTES > bytes || left < 0) return 'the list of free places in a local heap has no end';
    at = Number(view.getBigUint64(at, true));
  }
  return undefined;
}
