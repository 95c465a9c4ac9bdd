/**
 * A binary min-heap of u32 keys, ordered by f64 values that stand beside it.
 *
 *   heap   n u32  keys, the least value at 0
 *   place  n u32  where each key stands in `heap`
 *   value  n f64  the value of each key
 *
 * Rule: value[heap[(k - 1) / 2]] <= value[heap[k]] for every k in [1, count).
 */

// @ts-ignore: decorator
@inline
function put(heapPtr: usize, placePtr: usize, at: u32, key: u32): void {
  store<u32>(heapPtr + ((at as usize) << 2), key);
  store<u32>(placePtr + ((key as usize) << 2), at);
}

// @ts-ignore: decorator
@inline
function valueOf(valuePtr: usize, key: u32): f64 {
  return load<f64>(valuePtr + ((key as usize) << 3));
}

/** The key with the least value. */
// @ts-ignore: decorator
@inline
export function heapTop(heapPtr: usize): u32 {
  return load<u32>(heapPtr);
}

function siftUp(heapPtr: usize, placePtr: usize, valuePtr: usize, at: u32): void {
  const key = load<u32>(heapPtr + ((at as usize) << 2));
  const value = valueOf(valuePtr, key);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = load<u32>(heapPtr + ((parent as usize) << 2));
    if (!(value < valueOf(valuePtr, above))) break;
    put(heapPtr, placePtr, at, above);
    at = parent;
  }
  put(heapPtr, placePtr, at, key);
}

function siftDown(heapPtr: usize, placePtr: usize, valuePtr: usize, count: u32, at: u32): void {
  const key = load<u32>(heapPtr + ((at as usize) << 2));
  const value = valueOf(valuePtr, key);
  while (true) {
    let child: u32 = 2 * at + 1;
    if (child >= count) break;
    let below = load<u32>(heapPtr + ((child as usize) << 2));
    if (child + 1 < count) {
      const other = load<u32>(heapPtr + (((child + 1) as usize) << 2));
      if (valueOf(valuePtr, other) < valueOf(valuePtr, below)) {
        below = other;
        child++;
      }
    }
    if (!(valueOf(valuePtr, below) < value)) break;
    put(heapPtr, placePtr, at, below);
    at = child;
  }
  put(heapPtr, placePtr, at, key);
}

/** Make a heap of keys 0 .. count - 1. */
export function heapBuild(heapPtr: usize, placePtr: usize, valuePtr: usize, count: u32): void {
  for (let k: u32 = 0; k < count; k++) put(heapPtr, placePtr, k, k);
  for (let k = count >> 1; k > 0; k--) siftDown(heapPtr, placePtr, valuePtr, count, k - 1);
}

/** Give a key another value. */
export function heapChange(
  heapPtr: usize, placePtr: usize, valuePtr: usize, count: u32, key: u32, value: f64,
): void {
  const rises = value < valueOf(valuePtr, key);
  store<f64>(valuePtr + ((key as usize) << 3), value);
  const at = load<u32>(placePtr + ((key as usize) << 2));
  if (rises) siftUp(heapPtr, placePtr, valuePtr, at);
  else siftDown(heapPtr, placePtr, valuePtr, count, at);
}

/** Take the least key out; the heap then holds count - 1. */
export function heapPop(heapPtr: usize, placePtr: usize, valuePtr: usize, count: u32): void {
  const last = count - 1;
  put(heapPtr, placePtr, 0, load<u32>(heapPtr + ((last as usize) << 2)));
  if (last > 0) siftDown(heapPtr, placePtr, valuePtr, last, 0);
}
