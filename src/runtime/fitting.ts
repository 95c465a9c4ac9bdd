/** The largest count below `below` that fits, as tried; 0 where none does. What fits for more fits for fewer. */
export function mostFitting(below: number, fits: (count: number) => boolean): number {
  let low = 0;
  let high = below;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}
