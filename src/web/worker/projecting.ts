/** Projects the rows of a sample to points in the plane. */
import { cdist, type Matrix, type Metric } from 'coppice';
import { principalComponents } from 'coppice/plot';
import type { Projected } from './protocol.ts';

/** Rows from which the components are computed. All rows are then projected onto them. */
const COMPONENT_ROWS = 2000;
/** With more columns than this, fewer rows than columns are used; then components come from the products of rows. */
const FEW_COLUMNS = 512;
/** Multiplications that take well under a second. */
const PRODUCTS = 6e8;
/** Frames to which the distances of all frames are computed. */
const LANDMARKS = 32;

/** Rows from which the components of `cols` columns are computed: few enough that the picture appears quickly. */
function componentRows(cols: number): number {
  if (cols <= FEW_COLUMNS) return COMPONENT_ROWS;
  return Math.max(16, Math.min(FEW_COLUMNS, Math.floor(Math.sqrt(PRODUCTS / cols))));
}

/** Multiplications that the projection of a sample takes. */
export function projectionWork(rows: number, cols: number): number {
  const from = Math.min(rows, componentRows(cols));
  return from * cols * Math.min(from, cols) + 4 * rows * cols;
}

/** A projection into the plane, used for both the sample and the leaders. */
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

/** The plane of two columns. */
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
 * The molecule rotates and drifts between frames, so coordinates cannot be projected directly. Instead each frame is
 * described by its RMSD to a few landmark frames: similar frames have similar distances to every landmark.
 */
async function landmarkPlane(X: Matrix): Promise<Plane> {
  const landmarks = every(X, LANDMARKS);
  const distances = (rows: Matrix) => cdist(rows, landmarks, 'rmsd');
  const inner = componentPlane(await distances(every(X, COMPONENT_ROWS)), ' of RMSD');
  return { names: inner.names, of: async (rows) => inner.of(await distances(rows)) };
}

/** The plane of the two chosen columns, or for 'pca' the one that suits the data. */
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
