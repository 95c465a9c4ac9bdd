/** All exports of the first module (extra.ts is the second one). Names read operation, variant, element type. */
export { packBits, packMasks } from './distance/bits';
export { assignNearest, crossDistances, pairwiseDistances } from './distance/drivers';
export { assignFew, compareFewF32, compareFewF64, turnRowsF32, turnRowsF64 } from './assign/few';
export { checkFiniteF32, checkFiniteF64, findNonFiniteF32, findNonFiniteF64 } from './lib/finite';
export {
  linkageNnChainF32,
  linkageNnChainF64,
  linkageNnChainInit,
  nearestF32,
  nearestF64,
  updateF32,
  updateF64,
} from './linkage/matrix/nn-chain';
export {
  assignQuantized,
  measureF32,
  measureF64,
  measureOneF32,
  measureOneF64,
  boundGroupF32,
  boundGroupF64,
} from './assign/nearest';
export { packF32, packF64, panelBytesF32, panelBytesF64 } from './distance/panels';
export { rmsdCenterF32, rmsdCenterF64 } from './distance/rmsd-center';
export {
  linkageSquareF32,
  linkageSquareF64,
  linkageSquarePartnersF32,
  linkageSquarePartnersF64,
} from './linkage/matrix/square';
export {
  linkageSquareAlive,
  linkageSquareGoOnF32,
  linkageSquareGoOnF64,
  linkageSquareInitF32,
  linkageSquareInitF64,
  linkageSquareSqueezeF32,
  linkageSquareSqueezeF64,
} from './linkage/matrix/square-slots';
export { linkageSquareScratchBytes, linkageSquareStride } from './linkage/matrix/sizes';
export {
  leastF32,
  leastF64,
  mergeRowsF32,
  mergeRowsF64,
  scanF32,
  scanF64,
  settleF32,
  settleF64,
  squeezeRowF32,
  squeezeRowF64,
} from './linkage/matrix/square-rows';
export {
  expandSquareF32,
  expandSquareF64,
  mirrorBlockF32,
  mirrorBlockF64,
  mirrorSquareF32,
  mirrorSquareF64,
  squareInPlaceF32,
  squareInPlaceF64,
} from './distance/square-form';
export { pickLeaders, scoreLeaders } from './assign/quantized-bounds';
export { assignFewScratchBytes, assignQuantizedScratchBytes, quantizedBytes } from './assign/sizes';
export { quantizedCentre, quantizeLeaders, settleQuantized } from './assign/quantized-leaders';
export { quantizeRowsF32, quantizeRowsF64 } from './assign/quantized-rows';
export { distributeRows, normalizeRows, selectColumns, sumRows, widenRows } from './distance/prepare';
export { rowSumsF32, rowSumsF64 } from './distance/row-sums';
export {
  absoluteF32,
  absoluteF64,
  largestF32,
  largestF64,
  productsF32,
  productsF64,
  squaresF32,
  squaresF64,
} from './distance/sums';
export { finishTile } from './distance/finish';
export { refineCosineF32 } from './distance/tile';
export { segmentSumsF32, segmentSumsF64 } from './distance/segments';
