import { BadRowError } from '../../errors.ts';
import { allocate, guard } from '../../support/allocate.ts';
import { readAny } from '../../support/matrix/read-any.ts';
import { Random } from '../../support/numbers/random.ts';
import type { Matrix, Vectors } from '../../types.ts';

/** Number of directions in the subspace. More than two let the first two converge faster. */
const BLOCK = 8;

const MOST_ROUNDS = 500;

/**
 * Up to this many columns (or rows), the matrix of their products is computed once. If there are more of both, each round
 * reads the whole data.
 */
const MOST_PRODUCTS = 1024;

/** Number of columns that are centred at a time when the products of rows are computed. */
const BLOCK_COLUMNS = 1024;

export interface Components {
  /** rows x 2, row-major. */
  scores: Float64Array;
  /** The fraction of the total variance of each component, 0 to 1. */
  explained: [number, number];
  /** Mean of each column. */
  mean: Float64Array;
  /** The two directions, each of length 1. */
  directions: [Float64Array, Float64Array];
}

/**
 * The first two principal components.
 *
 * Returns: scores of the centred rows. The sign of each direction is chosen so that its largest loading (the first of equal
 * ones) is positive. If all rows are equal, scores, directions and fractions are 0.
 * Method: subspace iteration on the covariance matrix, or on the products of rows if there are fewer rows than columns. It
 * uses eight directions from a fixed seed and Rayleigh-Ritz in each round; with at most eight columns the result is exact.
 * If components have equal variance, their directions are not unique; any of them is correct.
 * Cost: O(n d min(n, d)) time up to 1,024 columns or rows, plus O(min(n, d)^2) per round; beyond, O(n d) per round.
 * Errors: TypeError if X is not a matrix; BadRowError if a value is not finite.
 * Source: Halko, Martinsson and Tropp 2011, SIAM Review 53(2), 217.
 */
export function principalComponents(X: Vectors): Components {
  const table = readAny(X);
  const { data, rows: n, cols: d } = table;
  const mean = allocate(Float64Array, d);
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) mean[j] += data[i * d + j];
  for (let j = 0; j < d; j++) mean[j] /= n;
  let total = 0;
  let largest = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < d; j++) largest = Math.max(largest, Math.abs(data[i * d + j] - mean[j]));
  }
  if (!Number.isFinite(largest)) {
    const at = data.findIndex((x) => !Number.isFinite(x));
    // Finite values may still lie so far apart that their mean or a deviation overflows.
    if (at >= 0) throw new BadRowError('X', Math.floor(at / d), at % d, data[at]);
  }
  const scores = allocate(Float64Array, 2 * n);
  if (largest === 0) {
    return {
      scores,
      explained: [0, 0],
      mean,
      directions: [allocate(Float64Array, d), allocate(Float64Array, d)],
    };
  }
  // In units of the largest deviation, no square overflows.
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < d; j++) total += ((data[i * d + j] - mean[j]) / largest) ** 2;
  }

  const { vectors, values } = guard(() => componentsOf(table, mean, largest));
  for (let k = 0; k < 2; k++) {
    const v = vectors[k];
    fixSign(v);
    for (let i = 0; i < n; i++) {
      let dot = 0;
      for (let j = 0; j < d; j++) dot += (data[i * d + j] - mean[j]) * v[j];
      scores[2 * i + k] = dot;
    }
  }
  return { scores, explained: [values[0] / total, values[1] / total], mean, directions: vectors };
}

/** Two directions and the sums of squares along them, in units of `unit` squared. */
interface Leading {
  vectors: [Float64Array, Float64Array];
  values: [number, number];
}

function componentsOf(table: Matrix, mean: Float64Array, unit: number): Leading {
  const { rows: n, cols: d } = table;
  if (d <= Math.max(n, BLOCK) && d <= MOST_PRODUCTS) return leading(byCovariance(table, mean, unit), d);
  if (n <= MOST_PRODUCTS) return fromProducts(table, mean, unit);
  return leading(byRows(table, mean, unit), d);
}

/**
 * For few rows with many columns. X'X and XX' have the same non-zero eigenvalues, and X' maps eigenvectors of XX' to those
 * of X'X.
 */
function fromProducts(table: Matrix, mean: Float64Array, unit: number): Leading {
  const { data, rows: n, cols: d } = table;
  const { vectors, values } = leading(bySquare(productsOfRows(table, mean, unit), n), n);
  const directions = vectors.map((u) => {
    const v = allocate(Float64Array, d);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < d; j++) v[j] += ((data[i * d + j] - mean[j]) / unit) * u[i];
    return v;
  });
  // If all rows lie on a line, the second direction is only rounding noise.
  if (values[1] <= 1e-14 * values[0]) directions[1].fill(0);
  orthonormalize(directions);
  return { vectors: [directions[0], directions[1]], values };
}

function productsOfRows({ data, rows: n, cols: d }: Matrix, mean: Float64Array, unit: number): Float64Array {
  const products = allocate(Float64Array, n * n);
  const block = allocate(Float64Array, n * Math.min(d, BLOCK_COLUMNS));
  for (let begin = 0; begin < d; begin += BLOCK_COLUMNS) {
    const width = Math.min(BLOCK_COLUMNS, d - begin);
    for (let i = 0; i < n; i++) {
      const from = i * d + begin;
      for (let j = 0; j < width; j++) block[i * width + j] = (data[from + j] - mean[begin + j]) / unit;
    }
    for (let i = 0; i < n; i++) {
      for (let k = 0; k <= i; k++) {
        let sum = 0;
        for (let j = 0; j < width; j++) sum += block[i * width + j] * block[k * width + j];
        products[i * n + k] += sum;
      }
    }
  }
  for (let i = 0; i < n; i++) for (let k = 0; k < i; k++) products[k * n + i] = products[i * n + k];
  return products;
}

/** v -> C v for a symmetric positive semidefinite matrix C. */
type Apply = (v: Float64Array) => Float64Array;

function bySquare(C: Float64Array, size: number): Apply {
  return (v) => {
    const out = allocate(Float64Array, size);
    for (let j = 0; j < size; j++) {
      let sum = 0;
      for (let k = 0; k < size; k++) sum += C[j * size + k] * v[k];
      out[j] = sum;
    }
    return out;
  };
}

function byCovariance({ data, rows: n, cols: d }: Matrix, mean: Float64Array, unit: number): Apply {
  const C = allocate(Float64Array, d * d);
  const row = allocate(Float64Array, d);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < d; j++) row[j] = (data[i * d + j] - mean[j]) / unit;
    for (let j = 0; j < d; j++) for (let k = j; k < d; k++) C[j * d + k] += row[j] * row[k];
  }
  for (let j = 0; j < d; j++) for (let k = 0; k < j; k++) C[j * d + k] = C[k * d + j];
  return bySquare(C, d);
}

function byRows({ data, rows: n, cols: d }: Matrix, mean: Float64Array, unit: number): Apply {
  return (v) => {
    const out = allocate(Float64Array, d);
    for (let i = 0; i < n; i++) {
      let dot = 0;
      for (let j = 0; j < d; j++) dot += ((data[i * d + j] - mean[j]) / unit) * v[j];
      for (let j = 0; j < d; j++) out[j] += ((data[i * d + j] - mean[j]) / unit) * dot;
    }
    return out;
  };
}

/** The two leading eigenvectors of a symmetric positive semidefinite operator, and their eigenvalues. */
function leading(apply: Apply, d: number): Leading {
  const random = new Random(0);
  const size = Math.min(BLOCK, d);
  let basis: Float64Array[] = Array.from({ length: size }, () =>
    Float64Array.from({ length: d }, () => random.float() - 0.5),
  );
  orthonormalize(basis);
  let before = [0, 0];
  for (let round = 0; ; round++) {
    const images = basis.map(apply);
    const { values, rotation } = jacobi(basis.map((b) => images.map((image) => dotOf(b, image))));
    const order = values.map((_, i) => i).sort((a, b) => values[b] - values[a] || a - b);
    const rotate = (from: readonly Float64Array[]) => order.map((k) => combine(from, rotation, k));
    const now = [values[order[0]], values[order[1]] ?? 0];
    const settled = now.every((value, k) => Math.abs(value - before[k]) <= 1e-14 * now[0]);
    if (size === d || settled || round === MOST_ROUNDS) {
      const [first, second = allocate(Float64Array, d)] = rotate(basis);
      return { vectors: [first, second], values: [Math.max(0, now[0]), Math.max(0, now[1])] };
    }
    before = now;
    basis = rotate(images);
    orthonormalize(basis);
  }
}

const dotOf = (a: Float64Array, b: Float64Array): number => a.reduce((sum, v, i) => sum + v * b[i], 0);

function combine(from: readonly Float64Array[], rotation: readonly number[][], k: number): Float64Array {
  const out = allocate(Float64Array, from[0].length);
  from.forEach((v, m) => {
    for (let j = 0; j < out.length; j++) out[j] += v[j] * rotation[m][k];
  });
  return out;
}

/** Gram-Schmidt, applied twice. A vector that depends linearly on those before it becomes zero. */
function orthonormalize(basis: readonly Float64Array[]): void {
  basis.forEach((v, k) => {
    const norm = Math.sqrt(dotOf(v, v));
    for (let pass = 0; pass < 2; pass++) {
      for (const u of basis.slice(0, k)) {
        const dot = dotOf(u, v);
        for (let j = 0; j < v.length; j++) v[j] -= dot * u[j];
      }
    }
    const left = Math.sqrt(dotOf(v, v));
    const scale = left > 1e-12 * norm ? 1 / left : 0;
    for (let j = 0; j < v.length; j++) v[j] *= scale;
  });
}

/** Eigenvalues and eigenvectors (columns of `rotation`) of a small symmetric matrix, by Jacobi rotations. */
function jacobi(matrix: number[][]): { values: number[]; rotation: number[][] } {
  const size = matrix.length;
  const A = matrix.map((row) => row.slice());
  const V: number[][] = A.map((_, i) => A.map((__, j) => (i === j ? 1 : 0)));
  const trace = A.reduce((sum, row, i) => sum + Math.abs(row[i]), 0);
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    for (let p = 0; p < size; p++) for (let q = p + 1; q < size; q++) off += Math.abs(A[p][q]);
    if (off <= 1e-18 * trace) break;
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) {
        if (A[p][q] === 0) continue;
        const theta = (A[q][q] - A[p][p]) / (2 * A[p][q]);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        const s = t * c;
        for (let k = 0; k < size; k++)
          [A[k][p], A[k][q]] = [c * A[k][p] - s * A[k][q], s * A[k][p] + c * A[k][q]];
        for (let k = 0; k < size; k++)
          [A[p][k], A[q][k]] = [c * A[p][k] - s * A[q][k], s * A[p][k] + c * A[q][k]];
        for (let k = 0; k < size; k++)
          [V[k][p], V[k][q]] = [c * V[k][p] - s * V[k][q], s * V[k][p] + c * V[k][q]];
        A[p][q] = 0;
        A[q][p] = 0;
      }
    }
  }
  return { values: A.map((row, i) => row[i]), rotation: V };
}

/** Flip a direction if its largest loading is negative. */
function fixSign(v: Float64Array): void {
  const most = v.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
  const lead = v.findIndex((x) => Math.abs(x) >= most * (1 - 1e-9));
  if (v[lead] < 0) for (let j = 0; j < v.length; j++) v[j] = -v[j];
}
