/**
 * Structures of a file that the HDF5 library would follow for ever, looked at as it reads them: the global heap, where
 * texts of any length are, and the list of free places of a local heap, where names are.
 * Format: https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html
 */

const GLOBAL_HEAP = 0x4c4f4347; // "GCOL"
const LOCAL_HEAP = 0x50414548; // "HEAP"
/** Before a collection's objects, and before each of them. */
const HEADER_BYTES = 16;
/** What ends a list of free places. */
const LAST = 1;
/** The library, which counts in 32 bits, would take another size for a larger one. */
const MOST_BYTES = 2 ** 32 - 1;

/** A local heap whose data were not read yet. */
interface Heap {
  free: number;
  bytes: number;
}

/** The first read of a collection is of 4 kB; longer ones that begin so are of something else. */
const MOST_BEGIN_BYTES = 2 ** 16;
/** So many collections are waited for. */
const MOST_BEGINNINGS = 64;

/** Looks at what is read of one file. */
export class StructureCheck {
  /** By where their data begin. */
  readonly #heaps = new Map<number, Heap>();
  /** Beginnings of global heaps, by where they go on. */
  readonly #beginnings = new Map<number, Uint8Array>();

  /** What is wrong with a block that was read at a position; undefined where nothing is. */
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
    // What follows is often read along with it.
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

/** The library goes from object to object by their sizes, also from one without a number. */
function globalHeap(collection: Uint8Array): string | undefined {
  const view = new DataView(collection.buffer, collection.byteOffset, collection.byteLength);
  const bytes = Number(view.getBigUint64(8, true));
  if (bytes > MOST_BYTES) return `a global heap says that it has ${bytes} bytes`;
  for (let at = HEADER_BYTES; at + HEADER_BYTES <= Math.min(bytes, view.byteLength); ) {
    const index = view.getUint16(at, true);
    const size = Number(view.getBigUint64(at + 8, true));
    if (size > bytes - at) return `an object of a global heap of ${bytes} bytes says that it has ${size}`;
    // Index 0 is what is left of the collection, its header included.
    if (index === 0 && size < HEADER_BYTES) return 'the list of objects in a global heap has no end';
    at += index === 0 ? size : HEADER_BYTES + Math.ceil(size / 8) * 8;
  }
  return undefined;
}

function freeList(data: Uint8Array, { free, bytes }: Heap): string | undefined {
  // Only whole; the library reads it so in the end.
  if (data.length < bytes) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let at = free;
  for (let left = bytes / HEADER_BYTES; at !== LAST; left--) {
    if (at + HEADER_BYTES > bytes || left < 0) return 'the list of free places in a local heap has no end';
    at = Number(view.getBigUint64(at, true));
  }
  return undefined;
}
