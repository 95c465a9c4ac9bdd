interface Matrix {
  data: Float32Array | Float64Array;
  rows: number;
  cols: number;
}

export function clouds(element: 'f4' | 'f8', rows: number, cols: number, seed?: number): Matrix;
export function npy(matrix: Matrix): Uint8Array;
export function csv(matrix: Matrix): Uint8Array;
