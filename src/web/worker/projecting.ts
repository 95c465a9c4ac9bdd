/** From the rows of a sample to points in the plane. */
import { cdist, type Matrix, type Metric } from 'coppice';
import { principalComponents } from 'coppice/plot';
import type { Projected } from './protocol.ts';

/** Rows that the components are found from; all are then drawn along them. */
const COMPONENT_ROWS = 2000;
/** Where columns are more than this, rows are fewer than columns, and the components come from the products of rows. */
const FEW_COLUMNS = 512;
/** Products that take well under a second. */
const PRODUCTS = 6e8;
/** Frames that all others are measured from. */
const LANDMARKS = 32;

/** Rows that the components of so many columns are found from: a picture is not worth a wait. */
export function componentRows(cols: number): number {
  if (cols <= FEW_COLUMNS) return COMPONENT_ROWS;
  return Math.max(16, Math.min(FEW_COLUMNS, Math.floor(Math.sqrt(PRODUCTS / cols))));
}

/** Multiplications that it takes to bring a sample into the plane. */
export function projectionWork(rows: number, cols: number): number {
  const from = Math.min(rows, componentRows(cols));
  return from * cols * Math.min(from, cols) + 4 * rows * cols;
}

/** A way into the plane, which takes the sample and its leaders alike. */
export interface Plane {
  names: [string, string];
  of(rows: Matrix): Promise<Float32Array>;
}

function every(X: Matrix, most: number): Matrix {
  const rows = Math.min(X.rows, most);
  const data = X.data.slice(0, rows * X.cols);
  for (let i = 0; i < rows; i++) {
    const from = Math.floor((i * X.rows) / rows) * X.cols;
    data.set(X.data.subarray(from, from + X.cols), i * X.cols);
  }
  return { data, rows, cols: X.cols };
}

/** Two columns as they are; a single column over the order of the rows. */
function columnPlane([a, b]: readonly [number, number], nameOf: (column: number) => string): Plane {
  return {
    names: [nameOf(a), nameOf(b)],
    async of({ data, rows, cols }) {
      const points = new Float32Array(2 * rows);
      for (let i = 0; i < rows; i++) {
        points[2 * i] = data[i * cols + a];
        points[2 * i + 1] = data[i * cols + b];
      }
      return points;
    },
  };
}

function componentPlane(X: Matrix, what: string): Plane {
  const { mean, directions, explained } = principalComponents(every(X, componentRows(X.cols)));
  return {
    names: explained.map(
      (part, i) => `component ${i + 1}${what} (${Math.round(100 * part)} % of variance)`,
    ) as [string, string],
    async of({ data, rows, cols }) {
      const points = new Float32Array(2 * rows);
      for (let i = 0; i < rows; i++) {
        for (const [k, direction] of directions.entries()) {
          let sum = 0;
          for (let j = 0; j < cols; j++) sum += (data[i * cols + j] - mean[j]) * direction[j];
          points[2 * i + k] = sum;
        }
      }
      return points;
    },
  };
}

/**
 * Frames turn and drift, so their coordinates have no plane of their own. Their distances to a few of them do: two frames
 * that are alike are as far as each other from everything.
 */
async function landmarkPlane(X: Matrix): Promise<Plane> {
  const landmarks = every(X, LANDMARKS);
  const distances = (rows: Matrix) => cdist(rows, landmarks, 'rmsd');
  const inner = componentPlane(await distances(every(X, COMPONENT_ROWS)), ' of RMSD');
  return { names: inner.names, of: async (rows) => inner.of(await distances(rows)) };
}

/** The plane that is asked for, or the one that suits the data. */
export async function planeFor(
  X: Matrix,
  metric: Metric,
  how: 'pca' | readonly [number, number],
  nameOf: (column: number) => string,
): Promise<Plane> {
  if (how !== 'pca') return columnPlane(how, nameOf);
  if (X.cols === 1) return columnPlane([0, 0], nameOf);
  return metric === 'rmsd' ? landmarkPlane(X) : componentPlane(X, '');
}

export async function project(X: Matrix, plane: Plane): Promise<Projected> {
  return { points: await plane.of(X), names: plane.names };
}
