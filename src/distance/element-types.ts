/** Element types of rows in linear memory: their bytes, and the kernels for them. */
/** Bytes of an element. */
export const BYTES = { f4: 4, f8: 8 } as const;
export type Element = keyof typeof BYTES;

/** The kernel for an element. Names stand in full, so that a search for one finds every call. */
export function kernelFor<A extends string, B extends string>(element: Element, f4: A, f8: B): A | B {
  return element === 'f4' ? f4 : f8;
}
