import { Random } from '../../src/support/numbers/random.ts';
import type { Chunk, ChunkOptions, Source } from '../../src/types.ts';

/** Four places that no blob of spread 1 leaves. */
export const CENTERS = [
  [0, 0, 0],
  [10, 0, 0],
  [0, 10, 0],
  [0, 0, 10],
];

/** Rows around `centers`, one blob after another in turn, with the blob of each row. */
export function blobs(
  n: number,
  centers: number[][],
  { spread = 0.1, seed = 1, element = 'f4' as 'f4' | 'f8' } = {},
) {
  const random = new Random(seed);
  const cols = centers[0].length;
  const data = element === 'f4' ? new Float32Array(n * cols) : new Float64Array(n * cols);
  const truth = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    const at = random.below(centers.length);
    truth[i] = at;
    for (let k = 0; k < cols; k++) data[i * cols + k] = centers[at][k] + spread * (random.float() - 0.5);
  }
  return { data, rows: n, cols, truth };
}

/** A source that does not know its number of rows, as text files do not. */
export function ofUnknownLength(source: Source): Source {
  return {
    cols: source.cols,
    dtype: source.dtype,
    name: 'unknown.csv',
    chunks: (options: ChunkOptions): AsyncIterable<Chunk> => source.chunks(options),
  };
}

/** Whether two labellings are the same up to the names of clusters. */
export function sameClusters(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  const there = new Map<number, number>();
  const back = new Map<number, number>();
  for (let i = 0; i < a.length; i++) {
    if ((there.get(a[i]) ?? b[i]) !== b[i] || (back.get(b[i]) ?? a[i]) !== a[i]) return false;
    there.set(a[i], b[i]);
    back.set(b[i], a[i]);
  }
  return a.length === b.length;
}
