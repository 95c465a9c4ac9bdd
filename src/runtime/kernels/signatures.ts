/** The kernels and their arguments. Made from assembly/ by the build (.config/kernel-types.mjs): not to be edited. */
import type { Begin, End, OwnScratch, Team, Thread } from './open-arguments.ts';

/** What assembly/index.ts exports. */
export interface CoreKernels {
  // assembly/distance/bits.ts
  packBits(xPtr: number, wide: number, d: number, rowBegin: Begin, rowEnd: End, outPtr: number, countPtr: number): number;
  packMasks(xPtr: number, wide: number, d: number, rowBegin: Begin, rowEnd: End, outPtr: number): number;
  // assembly/distance/drivers.ts
  assignNearest(op: number, finish: number, roundToFloat32: number, param: number, aPtr: number, aExtraPtr: number, lda: number, panelsPtr: number, bExtraPtr: number, weightsPtr: number, m: number, d: number, rowBegin: Begin, rowEnd: End, scratchPtr: OwnScratch, nearestPtr: number, distancePtr: number): number;
  crossDistances(op: number, finish: number, roundToFloat32: number, param: number, aPtr: number, aExtraPtr: number, lda: number, panelsPtr: number, bExtraPtr: number, weightsPtr: number, m: number, d: number, rowBegin: Begin, rowEnd: End, scratchPtr: OwnScratch, outPtr: number, ldo: number): number;
  pairwiseDistances(op: number, finish: number, roundToFloat32: number, param: number, xPtr: number, extraPtr: number, panelsPtr: number, weightsPtr: number, n: number, d: number, ldx: number, rowBegin: Begin, rowEnd: End, scratchPtr: OwnScratch, outPtr: number, ldo: number, flagPtr: number): number;
  // assembly/assign/few.ts
  assignFew(op: number, finish: number, aPtr: number, leadersPtr: number, m: number, d: number, rowBegin: Begin, rowEnd: End, scratchPtr: OwnScratch, nearestPtr: number, distancePtr: number): number;
  compareFewF32(panel: number, leadersPtr: number, m: number, d: number, outPtr: number): void;
  compareFewF64(panel: number, leadersPtr: number, m: number, d: number, outPtr: number): void;
  turnRowsF32(aPtr: number, d: number, i: number, last: number, panel: number): void;
  turnRowsF64(aPtr: number, d: number, i: number, last: number, panel: number): void;
  // assembly/lib/finite.ts
  checkFiniteF32(xPtr: number, begin: Begin, end: End): number;
  checkFiniteF64(xPtr: number, begin: Begin, end: End): number;
  findNonFiniteF32(xPtr: number, begin: Begin, end: End): number;
  findNonFiniteF64(xPtr: number, begin: Begin, end: End): number;
  // assembly/linkage/matrix/nn-chain.ts
  linkageNnChainF32(distPtr: number, n: number, method: number, mergeEnd: End, scratchPtr: OwnScratch, outPtr: number): number;
  linkageNnChainF64(distPtr: number, n: number, method: number, mergeEnd: End, scratchPtr: OwnScratch, outPtr: number): number;
  linkageNnChainInit(n: number, scratchPtr: OwnScratch): number;
  nearestF32(distPtr: number, n: number, activePtr: number, count: number, x: number, bound: number, otherwise: number): number;
  nearestF64(distPtr: number, n: number, activePtr: number, count: number, x: number, bound: number, otherwise: number): number;
  updateF32(distPtr: number, n: number, activePtr: number, sizesPtr: number, count: number, method: number, x: number, y: number, dxy: number): void;
  updateF64(distPtr: number, n: number, activePtr: number, sizesPtr: number, count: number, method: number, x: number, y: number, dxy: number): void;
  // assembly/assign/nearest.ts
  assignQuantized(op: number, finish: number, aPtr: number, leadersPtr: number, panelsPtr: number, quantizedPtr: number, m: number, d: number, rowBegin: Begin, rowEnd: End, scratchPtr: OwnScratch, nearestPtr: number, distancePtr: number): number;
  measureF32(rowsPtr: number, leadersPtr: number, d: number, outPtr: number): void;
  measureF64(rowsPtr: number, leadersPtr: number, d: number, outPtr: number): void;
  measureOneF32(a: number, b: number, d: number): number;
  measureOneF64(a: number, b: number, d: number): number;
  boundGroupF32(root: number, aPtr: number, rowBytes: number, leadersPtr: number, quantizedPtr: number, m: number, d: number, i: number, rows: number, scratchPtr: OwnScratch, nearestPtr: number, distancePtr: number): number;
  boundGroupF64(root: number, aPtr: number, rowBytes: number, leadersPtr: number, quantizedPtr: number, m: number, d: number, i: number, rows: number, scratchPtr: OwnScratch, nearestPtr: number, distancePtr: number): number;
  // assembly/distance/panels.ts
  packF32(xPtr: number, n: number, d: number, ldx: number, rowBegin: Begin, rowEnd: End, width: number, fill: number, outPtr: number): number;
  packF64(xPtr: number, n: number, d: number, ldx: number, rowBegin: Begin, rowEnd: End, width: number, fill: number, outPtr: number): number;
  panelBytesF32(n: number, d: number, width: number): number;
  panelBytesF64(n: number, d: number, width: number): number;
  // assembly/distance/rmsd-center.ts
  rmsdCenterF32(xPtr: number, atoms: number, rowBegin: Begin, rowEnd: End, outPtr: number, gPtr: number): number;
  rmsdCenterF64(xPtr: number, atoms: number, rowBegin: Begin, rowEnd: End, outPtr: number, gPtr: number): number;
  // assembly/linkage/matrix/square.ts
  linkageSquareF32(square: number, n: number, method: number, mergeEnd: End, thread: Thread, team: Team, scratch: OwnScratch, stopPtr: number, donePtr: number, outPtr: number): number;
  linkageSquareF64(square: number, n: number, method: number, mergeEnd: End, thread: Thread, team: Team, scratch: OwnScratch, stopPtr: number, donePtr: number, outPtr: number): number;
  linkageSquarePartnersF32(square: number, n: number, begin: Begin, end: End, scratch: OwnScratch): number;
  linkageSquarePartnersF64(square: number, n: number, begin: Begin, end: End, scratch: OwnScratch): number;
  // assembly/linkage/matrix/square-slots.ts
  linkageSquareAlive(scratch: OwnScratch): number;
  linkageSquareGoOnF32(n: number, scratch: OwnScratch): number;
  linkageSquareGoOnF64(n: number, scratch: OwnScratch): number;
  linkageSquareInitF32(square: number, n: number, method: number, threads: number, scratch: OwnScratch): number;
  linkageSquareInitF64(square: number, n: number, method: number, threads: number, scratch: OwnScratch): number;
  linkageSquareSqueezeF32(square: number, n: number, begin: Begin, end: End, scratch: OwnScratch): number;
  linkageSquareSqueezeF64(square: number, n: number, begin: Begin, end: End, scratch: OwnScratch): number;
  // assembly/linkage/matrix/sizes.ts
  linkageSquareScratchBytes(n: number, width: number, threads: number): number;
  linkageSquareStride(n: number): number;
  // assembly/linkage/matrix/square-rows.ts
  leastF32(values: number, used: number): number;
  leastF64(values: number, used: number): number;
  mergeRowsF32(method: number, x: number, y: number, sizes: number, lo: number, hi: number, dxy: number, nx: number, ny: number): void;
  mergeRowsF64(method: number, x: number, y: number, sizes: number, lo: number, hi: number, dxy: number, nx: number, ny: number): void;
  scanF32(row: number, penalty: number, lo: number, hi: number, bound: number, leafOf: number, slotOf: number): number;
  scanF64(row: number, penalty: number, lo: number, hi: number, bound: number, leafOf: number, slotOf: number): number;
  settleF32(square: number, ld: number, scratch: OwnScratch, lo: number, hi: number): void;
  settleF64(square: number, ld: number, scratch: OwnScratch, lo: number, hi: number): void;
  squeezeRowF32(row: number, place: number, alive: number): void;
  squeezeRowF64(row: number, place: number, alive: number): void;
  // assembly/distance/square-form.ts
  expandSquareF32(distPtr: number, n: number, rowBegin: Begin, rowEnd: End, outPtr: number): number;
  expandSquareF64(distPtr: number, n: number, rowBegin: Begin, rowEnd: End, outPtr: number): number;
  mirrorBlockF32(square: number, ld: number, i0: number, i1: number, j0: number, j1: number, squared: number): number;
  mirrorBlockF64(square: number, ld: number, i0: number, i1: number, j0: number, j1: number, squared: number): number;
  mirrorSquareF32(square: number, n: number, ld: number, rowBegin: Begin, rowEnd: End, squared: number, flagPtr: number): number;
  mirrorSquareF64(square: number, n: number, ld: number, rowBegin: Begin, rowEnd: End, squared: number, flagPtr: number): number;
  squareInPlaceF32(xPtr: number, begin: Begin, end: End): number;
  squareInPlaceF64(xPtr: number, begin: Begin, end: End): number;
  // assembly/assign/quantized-bounds.ts
  pickLeaders(lowPtr: number, count: number, begin: Begin, quantizedPtr: number, scales: number, limitPtr: number, foundPtr: number, countPtr: number): number;
  scoreLeaders(panel: number, quantizedPtr: number, wide: number, m: number, d: number, begin: Begin, end: End, scales: number, lowPtr: number): void;
  // assembly/assign/sizes.ts
  assignFewScratchBytes(d: number): number;
  assignQuantizedScratchBytes(d: number): number;
  quantizedBytes(wide: number, m: number, d: number): number;
  // assembly/assign/quantized-leaders.ts
  quantizedCentre(xPtr: number, wide: number, m: number, d: number, rowBegin: Begin, rowEnd: End, quantizedPtr: number): number;
  quantizeLeaders(xPtr: number, wide: number, m: number, d: number, rowBegin: Begin, rowEnd: End, quantizedPtr: number): number;
  settleQuantized(wide: number, m: number, d: number, rowBegin: Begin, rowEnd: End, quantizedPtr: number): number;
  // assembly/assign/quantized-rows.ts
  quantizeRowsF32(a0: number, a1: number, a2: number, a3: number, quantizedPtr: number, d: number, scales: number, panel: number): void;
  quantizeRowsF64(a0: number, a1: number, a2: number, a3: number, quantizedPtr: number, d: number, scales: number, panel: number): void;
  // assembly/distance/prepare.ts
  distributeRows(xPtr: number, wide: number, d: number, rowBegin: Begin, rowEnd: End, outPtr: number, flagPtr: number): number;
  normalizeRows(xPtr: number, wide: number, d: number, rowBegin: Begin, rowEnd: End, center: number, weightsPtr: number, weightSum: number, outPtr: number, outWide: number): number;
  selectColumns(xPtr: number, wide: number, d: number, rowBegin: Begin, rowEnd: End, weightsPtr: number, outPtr: number, outWide: number): number;
  sumRows(xPtr: number, wide: number, d: number, rowBegin: Begin, rowEnd: End, outPtr: number, sumPtr: number): number;
  widenRows(xPtr: number, d: number, rowBegin: Begin, rowEnd: End, outPtr: number): number;
  // assembly/distance/row-sums.ts
  rowSumsF32(xPtr: number, d: number, rowBegin: Begin, rowEnd: End, outPtr: number): number;
  rowSumsF64(xPtr: number, d: number, rowBegin: Begin, rowEnd: End, outPtr: number): number;
  // assembly/distance/sums.ts
  absoluteF32(a0: number, a1: number, a2: number, a3: number, panel: number, count: number, add: number, tilePtr: number): void;
  absoluteF64(a0: number, a1: number, a2: number, a3: number, panel: number, count: number, add: number, tilePtr: number): void;
  largestF32(a0: number, a1: number, a2: number, a3: number, panel: number, count: number, add: number, tilePtr: number): void;
  largestF64(a0: number, a1: number, a2: number, a3: number, panel: number, count: number, add: number, tilePtr: number): void;
  productsF32(a0: number, a1: number, a2: number, a3: number, panel: number, count: number, add: number, tilePtr: number): void;
  productsF64(a0: number, a1: number, a2: number, a3: number, panel: number, count: number, add: number, tilePtr: number): void;
  squaresF32(a0: number, a1: number, a2: number, a3: number, panel: number, count: number, add: number, tilePtr: number): void;
  squaresF64(a0: number, a1: number, a2: number, a3: number, panel: number, count: number, add: number, tilePtr: number): void;
  // assembly/distance/finish.ts
  finishTile(op: number, finish: number, param: number, rowsPtr: number, i: number, last: number, panelPtr: number, tilePtr: number): void;
  // assembly/distance/tile.ts
  refineCosineF32(a0: number, a1: number, a2: number, a3: number, panel: number, d: number, tilePtr: number): void;
  // assembly/distance/segments.ts
  segmentSumsF32(distPtr: number, m: number, offsetsPtr: number, k: number, rowBegin: Begin, rowEnd: End, outPtr: number): number;
  segmentSumsF64(distPtr: number, m: number, offsetsPtr: number, k: number, rowBegin: Begin, rowEnd: End, outPtr: number): number;
}

/** What assembly/extra.ts exports. */
export interface ExtraKernels {
  // assembly/distance/bits.ts
  bitsF64(a0: number, a1: number, a2: number, a3: number, panel: number, count: number, add: number, tilePtr: number): void;
  weightedBitsF64(a: number, panel: number, count: number, add: number, weights: number, tilePtr: number): void;
  // assembly/distance/drivers.ts
  assignNearestExtra(op: number, finish: number, roundToFloat32: number, param: number, aPtr: number, aExtraPtr: number, lda: number, panelsPtr: number, bExtraPtr: number, weightsPtr: number, m: number, d: number, rowBegin: Begin, rowEnd: End, scratchPtr: OwnScratch, nearestPtr: number, distancePtr: number): number;
  crossDistancesExtra(op: number, finish: number, roundToFloat32: number, param: number, aPtr: number, aExtraPtr: number, lda: number, panelsPtr: number, bExtraPtr: number, weightsPtr: number, m: number, d: number, rowBegin: Begin, rowEnd: End, scratchPtr: OwnScratch, outPtr: number, ldo: number): number;
  pairwiseDistancesExtra(op: number, finish: number, roundToFloat32: number, param: number, xPtr: number, extraPtr: number, panelsPtr: number, weightsPtr: number, n: number, d: number, ldx: number, rowBegin: Begin, rowEnd: End, scratchPtr: OwnScratch, outPtr: number, ldo: number, flagPtr: number): number;
  // assembly/distance/powers.ts
  divergenceF64(a: number, panel: number, count: number, add: number, scratchPtr: OwnScratch, tilePtr: number): void;
  powersF64(a: number, panel: number, count: number, add: number, weights: number, p: number, scratchPtr: OwnScratch, tilePtr: number): void;
  // assembly/distance/quadratic.ts
  quadraticF64(a0: number, a1: number, a2: number, a3: number, panel: number, d: number, formPtr: number, scratchPtr: OwnScratch, tilePtr: number): void;
  // assembly/distance/quartic.ts
  residualsF64(productsPtr: OwnScratch, gPtr: number, outPtr: number): void;
  // assembly/distance/rmsd.ts
  assignRmsdF32(aPtr: number, gaPtr: number, panelsPtr: number, gbPtr: number, m: number, atoms: number, rowBegin: Begin, rowEnd: End, productsPtr: OwnScratch, nearestPtr: number, distancePtr: number): number;
  assignRmsdF64(aPtr: number, gaPtr: number, panelsPtr: number, gbPtr: number, m: number, atoms: number, rowBegin: Begin, rowEnd: End, productsPtr: OwnScratch, nearestPtr: number, distancePtr: number): number;
  crossRmsdF32(aPtr: number, gaPtr: number, panelsPtr: number, gbPtr: number, m: number, atoms: number, rowBegin: Begin, rowEnd: End, productsPtr: OwnScratch, outPtr: number, ldo: number): number;
  crossRmsdF64(aPtr: number, gaPtr: number, panelsPtr: number, gbPtr: number, m: number, atoms: number, rowBegin: Begin, rowEnd: End, productsPtr: OwnScratch, outPtr: number, ldo: number): number;
  pairwiseRmsdF32(xPtr: number, panelsPtr: number, gPtr: number, n: number, atoms: number, rowBegin: Begin, rowEnd: End, productsPtr: OwnScratch, outPtr: number, ldo: number, flagPtr: number): number;
  pairwiseRmsdF64(xPtr: number, panelsPtr: number, gPtr: number, n: number, atoms: number, rowBegin: Begin, rowEnd: End, productsPtr: OwnScratch, outPtr: number, ldo: number, flagPtr: number): number;
  // assembly/distance/rmsd-panel.ts
  innerProductsF32(aPtr: number, panel: number, count: number, first: number, outPtr: number): void;
  // assembly/distance/sizes.ts
  rmsdScratchBytes(): number;
  tileScratchBytes(d: number): number;
  // assembly/distance/sums.ts
  canberraF32(a0: number, a1: number, a2: number, a3: number, panel: number, count: number, add: number, weights: number, tilePtr: number): void;
  canberraF64(a0: number, a1: number, a2: number, a3: number, panel: number, count: number, add: number, weights: number, tilePtr: number): void;
  unequalF32(a0: number, a1: number, a2: number, a3: number, panel: number, count: number, add: number, weights: number, tilePtr: number): void;
  unequalF64(a0: number, a1: number, a2: number, a3: number, panel: number, count: number, add: number, weights: number, tilePtr: number): void;
  weightedAbsoluteF32(a0: number, a1: number, a2: number, a3: number, panel: number, count: number, add: number, weights: number, tilePtr: number): void;
  weightedAbsoluteF64(a0: number, a1: number, a2: number, a3: number, panel: number, count: number, add: number, weights: number, tilePtr: number): void;
  weightedSquaresF32(a0: number, a1: number, a2: number, a3: number, panel: number, count: number, add: number, weights: number, tilePtr: number): void;
  weightedSquaresF64(a0: number, a1: number, a2: number, a3: number, panel: number, count: number, add: number, weights: number, tilePtr: number): void;
  // assembly/distance/tile.ts
  refineDiceF64(a0: number, a1: number, a2: number, a3: number, panel: number, d: number, tilePtr: number): void;
  // assembly/distance/two-sums.ts
  brayCurtisF32(a0: number, a1: number, panel: number, count: number, add: number, weights: number, tilePtr: number): void;
  brayCurtisF64(a0: number, a1: number, panel: number, count: number, add: number, weights: number, tilePtr: number): void;
  diceF64(a0: number, a1: number, panel: number, count: number, add: number, tilePtr: number): void;
  weightedDiceF64(a0: number, a1: number, panel: number, count: number, add: number, weights: number, tilePtr: number): void;
  // assembly/lib/log-exp.ts
  expF64(xPtr: number, begin: Begin, end: End, scratchPtr: OwnScratch, outPtr: number): number;
  logF64(xPtr: number, begin: Begin, end: End, scratchPtr: OwnScratch, outPtr: number): number;
  // assembly/graph/components.ts
  checkNeighbours(n: number, offsetsPtr: number, neighboursPtr: number, begin: Begin, end: End, badPtr: number): number;
  orderComponents(offsetsPtr: number, neighboursPtr: number, begin: Begin, end: End, seenPtr: number, orderPtr: number, countPtr: number): number;
  // assembly/sequences/hamming.ts
  hammingHashes(classesPtr: number, classes: number, begin: Begin, end: End, hashesPtr: number): number;
  hammingPairs(tasksPtr: number, begin: Begin, end: End, classesPtr: number, hashesPtr: number, orderPtr: number, maxDistance: number, fill: number, placesPtr: number, neighboursPtr: number, scratchPtr: OwnScratch): number;
  sortNeighbours(begin: Begin, end: End, offsetsPtr: number, neighboursPtr: number): number;
  // assembly/sequences/sizes.ts
  hammingScratchBytes(count: number): number;
  // assembly/graph/markov.ts
  markovBegin(planPtr: number, activePtr: number, m: number, begin: Begin, end: End, scratchPtr: OwnScratch): number;
  markovColumnBytes(length: number): number;
  markovCompare(planPtr: number, activePtr: number, begin: Begin, end: End): number;
  markovScratchBytes(m: number): number;
  markovStep(planPtr: number, activePtr: number, m: number, begin: Begin, end: End, expansion: number, inflation: number, pruning: number, scratchPtr: OwnScratch): number;
  // assembly/linkage/matrix/generic.ts
  linkageGenericF32(distPtr: number, n: number, method: number, mergeEnd: End, scratchPtr: OwnScratch, outPtr: number): number;
  linkageGenericF64(distPtr: number, n: number, method: number, mergeEnd: End, scratchPtr: OwnScratch, outPtr: number): number;
  linkageGenericInit(n: number, scratchPtr: OwnScratch): number;
  linkageGenericSearchF32(distPtr: number, n: number, rowBegin: Begin, rowEnd: End, scratchPtr: OwnScratch): number;
  linkageGenericSearchF64(distPtr: number, n: number, rowBegin: Begin, rowEnd: End, scratchPtr: OwnScratch): number;
  searchBeforeF32(distPtr: number, n: number, k: number, scratchPtr: OwnScratch): void;
  searchBeforeF64(distPtr: number, n: number, k: number, scratchPtr: OwnScratch): void;
  // assembly/linkage/single/slink.ts
  pointRowF32(row: number, scratch: OwnScratch, n: number, i: number): void;
  pointRowF64(row: number, scratch: OwnScratch, n: number, i: number): void;
  // assembly/linkage/single/spanning-tree.ts
  linkageSpanningTreeF32(distPtr: number, n: number, end: End, scratch: OwnScratch, outPtr: number): number;
  linkageSpanningTreeF64(distPtr: number, n: number, end: End, scratch: OwnScratch, outPtr: number): number;
  linkageSpanningTreeInitF32(n: number, scratch: OwnScratch): number;
  linkageSpanningTreeInitF64(n: number, scratch: OwnScratch): number;
  sieveF32(row: number, reach: number, lo: number, hi: number, floor: number, passed: number, nearestAt: number): number;
  sieveF64(row: number, reach: number, lo: number, hi: number, floor: number, passed: number, nearestAt: number): number;
  // assembly/linkage/single/edges.ts
  makeTreeF32(scratch: OwnScratch, n: number): void;
  makeTreeF64(scratch: OwnScratch, n: number): void;
  reachF32(scratch: OwnScratch, n: number, slot: number, row: number): void;
  reachF64(scratch: OwnScratch, n: number, slot: number, row: number): void;
  // assembly/linkage/single/sizes.ts
  linkageSpanningTreeScratchBytes(n: number, width: number): number;
  // assembly/linkage/matrix/sizes.ts
  linkageCondensedScratchBytes(n: number): number;
  // assembly/linkage/ordering-sizes.ts
  leafOrderingScratchBytes(n: number): number;
  // assembly/kmeans/sizes.ts
  lloydScratchBytes(): number;
  // assembly/kmeans/centroids.ts
  accumulateRowsF32(xPtr: number, d: number, labelsPtr: number, rowBegin: Begin, rowEnd: End, colBegin: Begin, colEnd: End, sumsPtr: number, countsPtr: number): number;
  accumulateRowsF64(xPtr: number, d: number, labelsPtr: number, rowBegin: Begin, rowEnd: End, colBegin: Begin, colEnd: End, sumsPtr: number, countsPtr: number): number;
  columnBoundsF32(xPtr: number, d: number, rowBegin: Begin, rowEnd: End, colBegin: Begin, colEnd: End, leastPtr: number, greatestPtr: number): number;
  columnMomentsF32(xPtr: number, d: number, rowBegin: Begin, rowEnd: End, shiftPtr: number, sumsPtr: number): number;
  columnMomentsF64(xPtr: number, d: number, rowBegin: Begin, rowEnd: End, shiftPtr: number, sumsPtr: number): number;
  ownSquaresF32(xPtr: number, d: number, centroidsPtr: number, nearestPtr: number, rowBegin: Begin, rowEnd: End, outPtr: number): number;
  ownSquaresF64(xPtr: number, d: number, centroidsPtr: number, nearestPtr: number, rowBegin: Begin, rowEnd: End, outPtr: number): number;
  seedPotentials(op: number, finish: number, xPtr: number, d: number, panelPtr: number, take: number, rowBegin: Begin, rowEnd: End, scratchPtr: OwnScratch, closestPtr: number, potentialsPtr: number): number;
  shiftRowsF32(xPtr: number, d: number, offsetsPtr: number, rowBegin: Begin, rowEnd: End): number;
  updateCentroidsF32(sumsPtr: number, countsPtr: number, d: number, spherical: number, begin: Begin, end: End, centroidsPtr: number, shiftsPtr: number): number;
  updateCentroidsF64(sumsPtr: number, countsPtr: number, d: number, spherical: number, begin: Begin, end: End, centroidsPtr: number, shiftsPtr: number): number;
  // assembly/linkage/leaf-ordering.ts
  leafOrderingCosts(matrixPtr: number, n: number, spansPtr: number, unitBegin: Begin, unitEnd: End, scratchPtr: OwnScratch): number;
  leafOrderingInit(scratchPtr: OwnScratch): number;
  leafOrderingRoot(matrixPtr: number, n: number, spansPtr: number, unitBegin: Begin, unitEnd: End, scratchPtr: OwnScratch): number;
  leafOrderingScatterF32(distPtr: number, n: number, rowBegin: Begin, rowEnd: End, placePtr: number, matrixPtr: number): number;
  leafOrderingScatterF64(distPtr: number, n: number, rowBegin: Begin, rowEnd: End, placePtr: number, matrixPtr: number): number;
  leafOrderingTrace(matrixPtr: number, n: number, spansPtr: number, nodeBegin: Begin, nodeEnd: End, endsPtr: number, scratchPtr: OwnScratch): number;
  // assembly/linkage/linear/rounds.ts
  linkageLinearAdvance(table: number, begin: Begin, end: End, scratch: OwnScratch): number;
  linkageLinearDistinct(table: number, begin: Begin, end: End): number;
  linkageLinearInit(table: number): number;
  linkageLinearMerge(table: number, i: number): void;
  linkageLinearPlaces(table: number, begin: Begin, end: End): number;
  // assembly/linkage/linear/means.ts
  linkageLinearExtent(table: number, rowBegin: Begin, rowEnd: End): number;
  meansApartF32(a: number, b: number, oa: number, ob: number, d: number): number;
  meansApartF64(a: number, b: number, oa: number, ob: number, d: number): number;
  writePlace(table: number, name: number): void;
  // assembly/linkage/linear/search.ts
  linkageLinearSearch(table: number, begin: Begin, end: End, scratch: OwnScratch): number;
  searchStripMeans(table: number, tops: number, rows: number, begin: Begin, end: End, tile: number): void;
  searchStripWard(table: number, tops: number, rows: number, begin: Begin, end: End, tile: number): void;
  takeHits(table: number, tops: number, tile: number, first: number): void;
  // assembly/linkage/linear/sizes.ts
  linkageLinearScratchBytes(d: number): number;
  // assembly/linkage/linear/centroid.ts
  enterCluster(table: number, name: number, other: number, value: number): void;
  linkageLinearCentroid(table: number, begin: Begin, end: End, scratch: OwnScratch): number;
  linkageLinearCentroidInit(table: number): number;
  linkageLinearIntroduce(table: number, name: number, scratch: OwnScratch): void;
  rowToPanelF32(row: number, panel: number, d: number, tile: number): void;
  rowToPanelsF32(row: number, panel: number, d: number, tile: number): void;
  // assembly/kmeans/lloyd.ts
  lloydNearestF32(xPtr: number, d: number, normsPtr: number, panelsPtr: number, halvesPtr: number, k: number, longest: number, fresh: number, driftsPtr: number, rowBegin: Begin, rowEnd: End, scratchPtr: OwnScratch, nearestPtr: number, distancePtr: number, upperPtr: number, lowerPtr: number): number;
  lloydNearestF64(xPtr: number, d: number, normsPtr: number, panelsPtr: number, halvesPtr: number, k: number, longest: number, fresh: number, driftsPtr: number, rowBegin: Begin, rowEnd: End, scratchPtr: OwnScratch, nearestPtr: number, distancePtr: number, upperPtr: number, lowerPtr: number): number;
  rowSquaresF32(xPtr: number, d: number, factor: number, rowBegin: Begin, rowEnd: End, outPtr: number): number;
  rowSquaresF64(xPtr: number, d: number, factor: number, rowBegin: Begin, rowEnd: End, outPtr: number): number;
  // assembly/kmeans/scores.ts
  scoreRowsF32(a0: number, a1: number, a2: number, a3: number, panels: number, halves: number, count: number, d: number, to: number): void;
  scoreRowsF64(a0: number, a1: number, a2: number, a3: number, panels: number, halves: number, count: number, d: number, to: number): void;
  // assembly/kmeans/settle-rows.ts
  settleRowsF32(state: number, normsPtr: number, i0: number, i1: number, i2: number, i3: number, unsure: number, longest: number): void;
  settleRowsF64(state: number, normsPtr: number, i0: number, i1: number, i2: number, i3: number, unsure: number, longest: number): void;
  // assembly/lib/power-table.ts
  powersByTable(xPtr: number, begin: Begin, end: End, p: number, scratchPtr: OwnScratch, outPtr: number): number;
}
