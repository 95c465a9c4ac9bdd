/** All exports of the second module: what clustering in two passes with a common metric does not need, so that a page loads it only if it does. */
export { bitsF64, weightedBitsF64 } from './distance/bits';
export {
  assignNearest as assignNearestExtra,
  crossDistances as crossDistancesExtra,
  pairwiseDistances as pairwiseDistancesExtra,
} from './distance/drivers';
export { divergenceF64, powersF64 } from './distance/powers';
export { quadraticF64 } from './distance/quadratic';
export { residualsF64 } from './distance/quartic';
export {
  assignRmsdF32,
  assignRmsdF64,
  crossRmsdF32,
  crossRmsdF64,
  pairwiseRmsdF32,
  pairwiseRmsdF64,
} from './distance/rmsd';
export { innerProductsF32 } from './distance/rmsd-panel';
export { rmsdScratchBytes, tileScratchBytes } from './distance/sizes';
export {
  canberraF32,
  canberraF64,
  unequalF32,
  unequalF64,
  weightedAbsoluteF32,
  weightedAbsoluteF64,
  weightedSquaresF32,
  weightedSquaresF64,
} from './distance/sums';
export { refineDiceF64 } from './distance/tile';
export { brayCurtisF32, brayCurtisF64, diceF64, weightedDiceF64 } from './distance/two-sums';
export { expF64, logF64 } from './lib/log-exp';
export { checkNeighbours, orderComponents } from './graph/components';
export { hammingHashes, hammingPairs, sortNeighbours } from './sequences/hamming';
export { hammingScratchBytes } from './sequences/sizes';
export {
  markovBegin,
  markovColumnBytes,
  markovCompare,
  markovScratchBytes,
  markovStep,
} from './graph/markov';
export {
  linkageGenericF32,
  linkageGenericF64,
  linkageGenericInit,
  linkageGenericSearchF32,
  linkageGenericSearchF64,
  searchBeforeF32,
  searchBeforeF64,
} from './linkage/matrix/generic';
export { pointRowF32, pointRowF64 } from './linkage/single/slink';
export {
  linkageSpanningTreeF32,
  linkageSpanningTreeF64,
  linkageSpanningTreeInitF32,
  linkageSpanningTreeInitF64,
  sieveF32,
  sieveF64,
} from './linkage/single/spanning-tree';
export { makeTreeF32, makeTreeF64, reachF32, reachF64 } from './linkage/single/edges';
export { linkageSpanningTreeScratchBytes } from './linkage/single/sizes';
export { linkageCondensedScratchBytes } from './linkage/matrix/sizes';
export { leafOrderingScratchBytes } from './linkage/ordering-sizes';
export { lloydScratchBytes } from './kmeans/sizes';
export {
  accumulateRowsF32,
  accumulateRowsF64,
  columnBoundsF32,
  columnMomentsF32,
  columnMomentsF64,
  ownSquaresF32,
  ownSquaresF64,
  seedPotentials,
  shiftRowsF32,
  updateCentroidsF32,
  updateCentroidsF64,
} from './kmeans/centroids';
export {
  leafOrderingCosts,
  leafOrderingInit,
  leafOrderingRoot,
  leafOrderingScatterF32,
  leafOrderingScatterF64,
  leafOrderingTrace,
} from './linkage/leaf-ordering';
export {
  linkageLinearAdvance,
  linkageLinearDistinct,
  linkageLinearInit,
  linkageLinearMerge,
  linkageLinearPlaces,
} from './linkage/linear/rounds';
export { linkageLinearExtent, meansApartF32, meansApartF64, writePlace } from './linkage/linear/means';
export { linkageLinearSearch, searchStripMeans, searchStripWard, takeHits } from './linkage/linear/search';
export { linkageLinearScratchBytes } from './linkage/linear/sizes';
export {
  enterCluster,
  linkageLinearCentroid,
  linkageLinearCentroidInit,
  linkageLinearIntroduce,
  rowToPanelF32,
  rowToPanelsF32,
} from './linkage/linear/centroid';
export { lloydNearestF32, lloydNearestF64, rowSquaresF32, rowSquaresF64 } from './kmeans/lloyd';
export { scoreRowsF32, scoreRowsF64 } from './kmeans/scores';
export { settleRowsF32, settleRowsF64 } from './kmeans/settle-rows';
export { powersByTable } from './lib/power-table';
