export const COLS: number;
export function rows(count: number, seed: number): Float32Array;
