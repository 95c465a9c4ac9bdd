/** Element types of rows in linear memory: their bytes, and what kernels for them are called. */
/** Bytes of an element. */
export const BYTES = { f4: 4, f8: 8 } as const;
export type Element = keyof typeof BYTES;

/** What kernels for an element are called. */
export const SUFFIX = { f4: 'F32', f8: 'F64' } as const;
