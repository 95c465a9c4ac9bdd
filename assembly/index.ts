/** Everything that the module exports. Names read operation, variant, element type. */
export {
  assignEuclideanF32,
  assignEuclideanF64,
  crossEuclideanF32,
  crossEuclideanF64,
  pairwiseEuclideanF32,
  pairwiseEuclideanF64,
  squaredDifferencesF32,
  squaredDifferencesF64,
} from './euclidean';
export { findNonFiniteF32, findNonFiniteF64 } from './finite';
export {
  linkageGenericF32,
  linkageGenericF64,
  linkageGenericInitF32,
  linkageGenericInitF64,
  linkageGenericScratchBytes,
  searchBehindF32,
  searchBehindF64,
} from './generic';
export {
  leafOrderingCosts,
  leafOrderingInit,
  leafOrderingRoot,
  leafOrderingScatterF32,
  leafOrderingScatterF64,
  leafOrderingScratchBytes,
  leafOrderingTrace,
} from './leafordering';
export {
  linkageNnChainF32,
  linkageNnChainF64,
  linkageNnChainInit,
  linkageNnChainScratchBytes,
  nearestF32,
  nearestF64,
  updateF32,
  updateF64,
} from './nnchain';
export { packF32, packF64, panelBytesF32, panelBytesF64 } from './panels';
export {
  assignRmsdF32,
  assignRmsdF64,
  crossRmsdF32,
  crossRmsdF64,
  innerProductsF32,
  pairwiseRmsdF32,
  pairwiseRmsdF64,
  rmsdCenterF32,
  rmsdCenterF64,
  rmsdScratchBytes,
} from './rmsd';
export {
  addRowF32,
  addRowF64,
  linkageSpanningTreeF32,
  linkageSpanningTreeF64,
  linkageSpanningTreeInit,
  linkageSpanningTreeScratchBytes,
} from './spanningtree';
export {
  linkageSquareF32,
  linkageSquareF64,
  linkageSquareInitF32,
  linkageSquareInitF64,
  linkageSquareScratchBytes,
  linkageSquareStride,
  mergeRowsF32,
  mergeRowsF64,
  scanF32,
  scanF64,
  settleF32,
  settleF64,
  squeezeRowF32,
  squeezeRowF64,
} from './squarechain';
export {
  expandSquareF32,
  expandSquareF64,
  mirrorSquareF32,
  mirrorSquareF64,
  squareInPlaceF32,
  squareInPlaceF64,
} from './squares';
