/** The active clusters, as ascending indices in a u32 array. */

/** Fill the list with 0 .. n - 1. */
@inline
export function fillActive(activePtr: usize, n: u32): void {
  for (let i: u32 = 0; i < n; i++) store<u32>(activePtr + ((i as usize) << 2), i);
}

/** Position of cluster x in the list of `count`, by bisection. */
@inline
export function findActive(activePtr: usize, count: u32, x: u32): u32 {
  let low: u32 = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (load<u32>(activePtr + ((middle as usize) << 2)) < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Remove cluster x from the list of `count`. */
@inline
export function dropActive(activePtr: usize, count: u32, x: u32): void {
  const at = findActive(activePtr, count, x);
  const to = activePtr + ((at as usize) << 2);
  memory.copy(to, to + 4, ((count - at - 1) as usize) << 2);
}
