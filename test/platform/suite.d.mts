interface Matrix {
  data: Float32Array | Float64Array;
  rows: number;
  cols: number;
}
export interface SuiteResult {
  digests: Record<string, string>;
  warnings: string[];
  ms: Record<string, number>;
}
export function clouds(element: 'f4' | 'f8', rows: number, cols: number, seed?: number): Matrix;
export function npy(matrix: Matrix): Uint8Array;
export function csv(matrix: Matrix): Uint8Array;
export function casesOf(
  api: object,
  sources: object,
  sequences: object,
): Record<string, () => Promise<string>>;
export function runSuite(
  api: object,
  sources: object,
  sequences: object,
  only?: string,
): Promise<SuiteResult>;
