/** Element types of rows in linear memory: their bytes, and the kernels for them. */
/** Bytes of an element. */
export const BYTES = { f4: 4, f8: 8 } as const;
export type Element = keyof typeof BYTES;

/** The kernel for an element type. Names are written in full, so that a text search finds every call of a kernel. */
export function kernelFor<A extends string, B extends string>(element: Element, f4: A, f8: B): A | B {
  return element === 'f4' ? f4 : f8;
}
