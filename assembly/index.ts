/** Everything that the first module exports (extra.ts is the other). Names read operation, variant, element type. */
export { bitsF64, packBits, packMasks, weightedBitsF64 } from './bits';
export { assignNearest, crossDistances, pairwiseDistances } from './drivers';
export { assignFew, assignFewScratchBytes, compareFewF32, compareFewF64, turnRowsF32, turnRowsF64 } from './few';
export { checkFiniteF32, checkFiniteF64, findNonFiniteF32, findNonFiniteF64 } from './finite';
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
export {
  assignScreened,
  assignScreenedScratchBytes,
  measureF32,
  measureF64,
  measureOneF32,
  measureOneF64,
  screenGroupF32,
  screenGroupF64,
} from './nearest';
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
export { residualsF64 } from './quartic';
export {
  linkageSquareF32,
  linkageSquareF64,
  linkageSquarePartnersF32,
  linkageSquarePartnersF64,
} from './squarelinkage';
export {
  linkageSquareAlive,
  linkageSquareGoOnF32,
  linkageSquareGoOnF64,
  linkageSquareInitF32,
  linkageSquareInitF64,
  linkageSquareSqueezeF32,
  linkageSquareSqueezeF64,
} from './squareslots';
export { linkageSquareScratchBytes, linkageSquareStride } from './squarelayout';
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
} from './squarerows';
export {
  expandSquareF32,
  expandSquareF64,
  mirrorBlockF32,
  mirrorBlockF64,
  mirrorSquareF32,
  mirrorSquareF64,
  squareInPlaceF32,
  squareInPlaceF64,
} from './squares';
export {
  pickLeaders,
  quantizeRowsF32,
  quantizeRowsF64,
  scoreLeaders,
  screenBytes,
  screenCentre,
  screenLeaders,
  screenSettle,
} from './screen';
export { expF64, logF64 } from './logexp';
export { divergenceF64, powersF64 } from './powers';
export { distributeRows, normalizeRows, selectColumns, sumRows, widenRows } from './prepare';
export { quadraticF64 } from './quadratic';
export { rowSumsF32, rowSumsF64 } from './rowsums';
export {
  absoluteF32,
  absoluteF64,
  canberraF32,
  canberraF64,
  largestF32,
  largestF64,
  productsF32,
  productsF64,
  squaresF32,
  squaresF64,
  unequalF32,
  unequalF64,
  weightedAbsoluteF32,
  weightedAbsoluteF64,
  weightedSquaresF32,
  weightedSquaresF64,
} from './sums';
export { finishTile } from './finish';
export { refineCosineF32, refineDiceF64, tileScratchBytes } from './tile';
export { brayCurtisF32, brayCurtisF64, diceF64, weightedDiceF64 } from './twosums';
export { segmentSumsF32, segmentSumsF64 } from './segments';
