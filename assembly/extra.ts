/** What the second module exports: all that two passes have no use for, so that a page which makes them need not load it. */
export { checkNeighbours, orderComponents } from './components';
export { hammingHashes, hammingPairs, hammingScratchBytes, sortNeighbours } from './hamming';
export { markovBegin, markovColumnBytes, markovCompare, markovScratchBytes, markovStep } from './markov';
export {
  accumulateRowsF32,
  accumulateRowsF64,
  columnMomentsF32,
  columnMomentsF64,
  ownSquaresF32,
  ownSquaresF64,
  seedPotentials,
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
