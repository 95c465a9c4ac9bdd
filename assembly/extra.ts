/** What the second module exports: all that two passes have no use for, so that a page which makes them need not load it. */
export { checkNeighbours, orderComponents } from './components';
export { hammingHashes, hammingPairs, hammingScratchBytes, sortNeighbours } from './hamming';
export { markovBegin, markovColumnBytes, markovCompare, markovScratchBytes, markovStep } from './markov';
export {
  linkageGenericF32,
  linkageGenericF64,
  linkageGenericInit,
  linkageGenericScratchBytes,
  linkageGenericSearchF32,
  linkageGenericSearchF64,
  searchBeforeF32,
  searchBeforeF64,
} from './generic';
export { pointRowF32, pointRowF64 } from './slink';
export {
  linkageSpanningTreeF32,
  linkageSpanningTreeF64,
  linkageSpanningTreeInitF32,
  linkageSpanningTreeInitF64,
  sieveF32,
  sieveF64,
} from './spanningtree';
export { makeTreeF32, makeTreeF64, reachF32, reachF64 } from './treeedges';
export { linkageSpanningTreeScratchBytes } from './treelayout';
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
} from './kmeans';
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
  linkageLinearAdvance,
  linkageLinearDistinct,
  linkageLinearInit,
  linkageLinearMerge,
  linkageLinearPlaces,
} from './linearrounds';
export { linkageLinearExtent, meansApartF32, meansApartF64, writePlace } from './linearmeans';
export { linkageLinearScratchBytes, linkageLinearSearch, searchStripMeans, searchStripWard, takeHits } from './linearsearch';
export {
  enterCluster,
  linkageLinearCentroid,
  linkageLinearCentroidInit,
  linkageLinearIntroduce,
  rowToPanelF32,
  rowToPanelsF32,
} from './linearcentroid';
export {
  lloydNearestF32,
  lloydNearestF64,
  lloydScratchBytes,
  rowSquaresF32,
  rowSquaresF64,
  screenF32,
  screenF64,
  settleRowsF32,
  settleRowsF64,
} from './lloyd';
export { powersByTable } from './powertable';
