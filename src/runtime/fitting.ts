/** The largest count below `below` that fits, or 0. Found by bisection: if a count fits, all smaller ones must fit. */
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
