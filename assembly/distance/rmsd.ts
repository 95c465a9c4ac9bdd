/** Minimal root mean square deviations of many frames: of all pairs, of two sets, and to the nearest of a set. */
import { rowOrigin } from '../lib/condensed';
import { COLUMN, panelRmsd } from './rmsd-panel';

/** Frames of a panel. */
const WIDTH: u32 = 4;

@inline
function pairwise<T extends number>(
  xPtr: usize,
  panelsPtr: usize,
  gPtr: usize,
  n: u32,
  atoms: u32,
  rowBegin: u32,
  rowEnd: u32,
  productsPtr: usize,
  outPtr: usize,
  ldo: u32,
  flagPtr: usize,
): void {
  const size = (atoms as usize) * 3;
  const panels = (n + WIDTH - 1) / WIDTH;
  // Eight panels stay in the cache while all rows of the range are compared with them.
  for (let block = (rowBegin + 1) / WIDTH; block < panels; block += 8) {
    const blockEnd = min<u32>(panels, block + 8);
    for (let i = rowBegin; i < min<u32>(rowEnd, blockEnd * WIDTH - 1); i++) {
      const aPtr = xPtr + (i as usize) * size * 4;
      const ga = load<f64>(gPtr + (i as usize) * 8);
      for (let p = max<u32>(block, (i + 1) / WIDTH); p < blockEnd; p++) {
        const panel = panelsPtr + (p as usize) * size * COLUMN;
        const lanes = min<u32>(WIDTH, n - p * WIDTH);
        const found = panelRmsd(aPtr, ga, panel, gPtr + (p as usize) * 32, lanes, atoms, productsPtr);
        for (let lane: u32 = 0; lane < lanes; lane++) {
          const j = p * WIDTH + lane;
          if (j <= i) continue;
          const value = load<f64>(found + ((lane as usize) << 3)) as T;
          store<T>(outPtr + ((rowOrigin(n, ldo, i) + j) as usize) * sizeof<T>(), value);
          if (ldo == 0) continue;
          store<T>(outPtr + ((j * ldo + i) as usize) * sizeof<T>(), value);
          if (value - value != 0) store<u32>(flagPtr, 1);
        }
      }
    }
  }
}

/**
 * Minimal RMSD of all pairs (i, j), i in [rowBegin, rowEnd), j > i.
 *
 * Shape: `xPtr` n centred frames of 3 x atoms f32, `panelsPtr` the same as panels of 4, `gPtr` n f64
 * (rmsdCenterF32); `outPtr` n(n-1)/2 f32, condensed, or a square as in pairwiseDistances. Units: those of the
 * coordinates. Memory: `productsPtr` rmsdScratchBytes() of scratch; `gPtr` readable to a multiple of 4. Cost: O(rows n atoms). Errors: none; never NaN.
 */
export function pairwiseRmsdF32(
  xPtr: usize,
  panelsPtr: usize,
  gPtr: usize,
  n: u32,
  atoms: u32,
  rowBegin: u32,
  rowEnd: u32,
  productsPtr: usize,
  outPtr: usize,
  ldo: u32,
  flagPtr: usize,
): i32 {
  pairwise<f32>(xPtr, panelsPtr, gPtr, n, atoms, rowBegin, rowEnd, productsPtr, outPtr, ldo, flagPtr);
  return 0;
}

/** As pairwiseRmsdF32, with distances stored in float64. */
export function pairwiseRmsdF64(
  xPtr: usize,
  panelsPtr: usize,
  gPtr: usize,
  n: u32,
  atoms: u32,
  rowBegin: u32,
  rowEnd: u32,
  productsPtr: usize,
  outPtr: usize,
  ldo: u32,
  flagPtr: usize,
): i32 {
  pairwise<f64>(xPtr, panelsPtr, gPtr, n, atoms, rowBegin, rowEnd, productsPtr, outPtr, ldo, flagPtr);
  return 0;
}

@inline
function cross<T extends number>(
  aPtr: usize,
  gaPtr: usize,
  panelsPtr: usize,
  gbPtr: usize,
  m: u32,
  atoms: u32,
  rowBegin: u32,
  rowEnd: u32,
  productsPtr: usize,
  outPtr: usize,
  ldo: u32,
): void {
  const size = (atoms as usize) * 3;
  const panels = (m + WIDTH - 1) / WIDTH;
  for (let i = rowBegin; i < rowEnd; i++) {
    const row = aPtr + (i as usize) * size * 4;
    const ga = load<f64>(gaPtr + (i as usize) * 8);
    for (let p: u32 = 0; p < panels; p++) {
      const panel = panelsPtr + (p as usize) * size * COLUMN;
      const lanes = min<u32>(WIDTH, m - p * WIDTH);
      const found = panelRmsd(row, ga, panel, gbPtr + (p as usize) * 32, lanes, atoms, productsPtr);
      for (let lane: u32 = 0; lane < lanes; lane++) {
        const j = p * WIDTH + lane;
        const value = load<f64>(found + ((lane as usize) << 3));
        store<T>(outPtr + ((i as usize) * ldo + j) * sizeof<T>(), value as T);
      }
    }
  }
}

/**
 * Minimal RMSD of frames [rowBegin, rowEnd) of A to all m frames of B.
 *
 * Shape: `aPtr`, `gaPtr` centred frames of A; `panelsPtr`, `gbPtr` those of B as panels of 4; `outPtr`
 * rows x m f32, row stride `ldo`. The rest as pairwiseRmsdF32.
 */
export function crossRmsdF32(
  aPtr: usize,
  gaPtr: usize,
  panelsPtr: usize,
  gbPtr: usize,
  m: u32,
  atoms: u32,
  rowBegin: u32,
  rowEnd: u32,
  productsPtr: usize,
  outPtr: usize,
  ldo: u32,
): i32 {
  cross<f32>(aPtr, gaPtr, panelsPtr, gbPtr, m, atoms, rowBegin, rowEnd, productsPtr, outPtr, ldo);
  return 0;
}

/** As crossRmsdF32, with distances stored in float64. */
export function crossRmsdF64(
  aPtr: usize,
  gaPtr: usize,
  panelsPtr: usize,
  gbPtr: usize,
  m: u32,
  atoms: u32,
  rowBegin: u32,
  rowEnd: u32,
  productsPtr: usize,
  outPtr: usize,
  ldo: u32,
): i32 {
  cross<f64>(aPtr, gaPtr, panelsPtr, gbPtr, m, atoms, rowBegin, rowEnd, productsPtr, outPtr, ldo);
  return 0;
}

@inline
function assign<T extends number>(
  aPtr: usize,
  gaPtr: usize,
  panelsPtr: usize,
  gbPtr: usize,
  m: u32,
  atoms: u32,
  rowBegin: u32,
  rowEnd: u32,
  productsPtr: usize,
  nearestPtr: usize,
  distancePtr: usize,
): void {
  const size = (atoms as usize) * 3;
  const panels = (m + WIDTH - 1) / WIDTH;
  for (let i = rowBegin; i < rowEnd; i++) {
    const row = aPtr + (i as usize) * size * 4;
    const ga = load<f64>(gaPtr + (i as usize) * 8);
    let best: f64 = Infinity;
    let nearest: i32 = 0;
    for (let p: u32 = 0; p < panels; p++) {
      const panel = panelsPtr + (p as usize) * size * COLUMN;
      const lanes = min<u32>(WIDTH, m - p * WIDTH);
      const found = panelRmsd(row, ga, panel, gbPtr + (p as usize) * 32, lanes, atoms, productsPtr);
      for (let lane: u32 = 0; lane < lanes; lane++) {
        const j = p * WIDTH + lane;
        const value = load<f64>(found + ((lane as usize) << 3));
        if (value < best) {
          best = value;
          nearest = j as i32;
        }
      }
    }
    store<i32>(nearestPtr + (i as usize) * 4, nearest);
    store<T>(distancePtr + (i as usize) * sizeof<T>(), best as T);
  }
}

/**
 * The nearest of m leaders for frames [rowBegin, rowEnd) by minimal RMSD; ties go to the lowest index.
 *
 * Shape: as crossRmsdF32; `nearestPtr` i32 a frame, `distancePtr` f32 a frame.
 */
export function assignRmsdF32(
  aPtr: usize,
  gaPtr: usize,
  panelsPtr: usize,
  gbPtr: usize,
  m: u32,
  atoms: u32,
  rowBegin: u32,
  rowEnd: u32,
  productsPtr: usize,
  nearestPtr: usize,
  distancePtr: usize,
): i32 {
  assign<f32>(
    aPtr,
    gaPtr,
    panelsPtr,
    gbPtr,
    m,
    atoms,
    rowBegin,
    rowEnd,
    productsPtr,
    nearestPtr,
    distancePtr,
  );
  return 0;
}

/** As assignRmsdF32, with distances stored in float64. */
export function assignRmsdF64(
  aPtr: usize,
  gaPtr: usize,
  panelsPtr: usize,
  gbPtr: usize,
  m: u32,
  atoms: u32,
  rowBegin: u32,
  rowEnd: u32,
  productsPtr: usize,
  nearestPtr: usize,
  distancePtr: usize,
): i32 {
  assign<f64>(
    aPtr,
    gaPtr,
    panelsPtr,
    gbPtr,
    m,
    atoms,
    rowBegin,
    rowEnd,
    productsPtr,
    nearestPtr,
    distancePtr,
  );
  return 0;
}
