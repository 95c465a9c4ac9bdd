/**
 * Mean structures: frames are superposed by rotation, then averaged.
 *
 * The best rotation is the eigenvector of the largest eigenvalue of the 4x4 key matrix, a unit quaternion.
 * Source: Horn 1987, J. Opt. Soc. Am. A 4, 629; Theobald 2005, Acta Cryst. A61, 478.
 */

import type { Steps } from '../support/scheduling.ts';

type Frame = ArrayLike<number>;

function centered(frame: Frame): Float64Array {
  const atoms = frame.length / 3;
  const mean = [0, 0, 0];
  for (let i = 0; i < frame.length; i++) mean[i % 3] += frame[i] / atoms;
  return Float64Array.from({ length: frame.length }, (_, i) => frame[i] - mean[i % 3]);
}

/** Eigenvector of the largest eigenvalue of a symmetric 4x4 matrix, by Jacobi rotations. */
function largestEigenvector(K: number[][]): number[] {
  const a = K.map((row) => [...row]);
  const v = [0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j): number => (i === j ? 1 : 0)));
  for (let sweep = 0; sweep < 50; sweep++) {
    let off = 0;
    for (let p = 0; p < 3; p++) for (let q = p + 1; q < 4; q++) off += a[p][q] * a[p][q];
    if (off === 0) break;
    for (let p = 0; p < 3; p++) {
      for (let q = p + 1; q < 4; q++) {
        if (a[p][q] === 0) continue;
        const theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
        const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        const s = t * c;
        for (let k = 0; k < 4; k++) {
          [a[k][p], a[k][q]] = [c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q]];
        }
        for (let k = 0; k < 4; k++) {
          [a[p][k], a[q][k]] = [c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k]];
        }
        for (let k = 0; k < 4; k++) {
          [v[k][p], v[k][q]] = [c * v[k][p] - s * v[k][q], s * v[k][p] + c * v[k][q]];
        }
      }
    }
  }
  let best = 0;
  for (let k = 1; k < 4; k++) if (a[k][k] > a[best][best]) best = k;
  return v.map((row) => row[best]);
}

/** Rotate a centred frame so that its RMSD to a centred reference is minimal. */
function rotateOnto(frame: Float64Array, reference: Float64Array): Float64Array {
  const m = new Float64Array(9);
  for (let i = 0; i < frame.length; i += 3) {
    for (let p = 0; p < 3; p++) for (let q = 0; q < 3; q++) m[3 * p + q] += frame[i + p] * reference[i + q];
  }
  const [xx, xy, xz, yx, yy, yz, zx, zy, zz] = m;
  const [w, x, y, z] = largestEigenvector([
    [xx + yy + zz, yz - zy, zx - xz, xy - yx],
    [yz - zy, xx - yy - zz, xy + yx, zx + xz],
    [zx - xz, xy + yx, yy - xx - zz, yz + zy],
    [xy - yx, zx + xz, yz + zy, zz - xx - yy],
  ]);
  const R = [
    w * w + x * x - y * y - z * z,
    2 * (x * y - w * z),
    2 * (x * z + w * y),
    2 * (x * y + w * z),
    w * w - x * x + y * y - z * z,
    2 * (y * z - w * x),
    2 * (x * z - w * y),
    2 * (y * z + w * x),
    w * w - x * x - y * y + z * z,
  ];
  const out = new Float64Array(frame.length);
  for (let i = 0; i < frame.length; i += 3) {
    for (let p = 0; p < 3; p++) {
      out[i + p] = R[3 * p] * frame[i] + R[3 * p + 1] * frame[i + 1] + R[3 * p + 2] * frame[i + 2];
    }
  }
  return out;
}

/** Rounds of superposing all frames on their mean. The mean hardly changes after the second round. */
const ROUNDS = 5;

/**
 * The mean structure of frames: each frame is superposed on the mean of the previous round; in the first round, on
 * `first`.
 * @param count number of frames. `frameAt` returns each once in a round, so it need not make copies
 * @returns x, y, z of each atom, centred on the origin
 */
export function* meanStructure(
  count: number,
  frameAt: (i: number) => Frame,
  first: Frame,
): Steps<Float64Array> {
  let mean = centered(first);
  for (let round = 0; round < ROUNDS; round++) {
    const sum = new Float64Array(mean.length);
    for (let i = 0; i < count; i++) {
      yield;
      const turned = rotateOnto(centered(frameAt(i)), mean);
      for (let k = 0; k < sum.length; k++) sum[k] += turned[k];
    }
    mean = sum.map((x) => x / count);
  }
  return mean;
}
