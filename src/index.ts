/**
 * Coppice: clustering of data that does not fit in memory.
 *
 * Heavy calls are asynchronous and take a trailing options object; tree functions are synchronous.
 * Names are SciPy's in camelCase.
 */
export { type DistanceFunction, METRICS, type Metric } from './distance/metrics.ts';
export type { MetricOptions } from './distance/options.ts';
export { cdist, type DistanceOptions, pdist } from './distance/pdist.ts';
export {
  isValidDm,
  isValidY,
  numObsDm,
  numObsY,
  squareform,
} from './distance/squareform.ts';
export {
  BadRowError,
  type ErrorCode,
  FormatError,
  MemoryLimitError,
  PlatformError,
  StoreError,
} from './errors.ts';
export { createGraph, type Graph } from './graph/graph.ts';
export { type MarkovClusters, type MclOptions, mcl } from './graph/mcl.ts';
export { type CopheneticFit, cophenet } from './hierarchy/cophenet.ts';
export { correspond } from './hierarchy/correspond.ts';
export { type CutTree, type CutTreeOptions, cutTree } from './hierarchy/cuttree.ts';
export {
  type Dendrogram,
  type DendrogramOptions,
  dendrogram,
} from './hierarchy/dendrogram.ts';
export { DisjointSet } from './hierarchy/disjointset.ts';
export { type Elbow, type ElbowOptions, elbow } from './hierarchy/elbow.ts';
export { type Criterion, type FclusterOptions, fcluster } from './hierarchy/fcluster.ts';
export { type FclusterdataOptions, fclusterdata } from './hierarchy/fclusterdata.ts';
export { inconsistent } from './hierarchy/inconsistent.ts';
export { isIsomorphic } from './hierarchy/isomorphic.ts';
export { type Leaders, leaders } from './hierarchy/leaders.ts';
export { leavesList } from './hierarchy/leaves.ts';
export {
  average,
  centroid,
  complete,
  type LinkageOptions,
  linkage,
  median,
  type ShortFormOptions,
  single,
  ward,
  weighted,
} from './hierarchy/linkage.ts';
export { maxdists, maxinconsts, maxRstat } from './hierarchy/maxstat.ts';
export { METHODS, type Method } from './hierarchy/methods.ts';
export { fromMlabLinkage, toMlabLinkage } from './hierarchy/mlab.ts';
export { type LeafOrderingOptions, optimalLeafOrdering } from './hierarchy/ordering.ts';
export { setLinkColorPalette } from './hierarchy/palette.ts';
export { ClusterNode, type TreeNodes, toTree } from './hierarchy/tree.ts';
export { isMonotonic, isValidIm, isValidLinkage, numObsLinkage } from './hierarchy/validate.ts';
export type { KMeansMetric } from './partition/place.ts';
export { type Codes, vq, whiten } from './partition/vq.ts';
export { type Assignment, type AssignOptions, assign } from './pipeline/assign.ts';
export { type Batch, BatchClustering, type BatchClusters } from './pipeline/batch.ts';
export type { EdgesKept } from './pipeline/batchedges.ts';
export { ClusterMatrix } from './pipeline/batchmatrix.ts';
export {
  adviseSample,
  type PreclusterOptions,
  type RefineOptions,
  type TrainOptions,
} from './pipeline/batchoptions.ts';
export type { Shape } from './pipeline/fitplan.ts';
export { type KMeans, kmeans } from './pipeline/kmeans.ts';
export type { KMeansOptions } from './pipeline/kmeansoptions.ts';
export { createModel, Model } from './pipeline/model.ts';
export type { Cut, TwoPassOptions } from './pipeline/options.ts';
export { type Plan, plan } from './pipeline/plan.ts';
export { type TwoPass, twoPass } from './pipeline/twopass.ts';
export { close } from './runtime/lease.ts';
export { type Configuration, configure } from './runtime/platform.ts';
export { folderStore } from './stores/folder.ts';
export { memoryStore } from './stores/memory.ts';
export { opfsStore } from './stores/opfs.ts';
export type { Store, StoredFile } from './stores/store.ts';
export type {
  ByteSource,
  Chunk,
  ChunkOptions,
  CoppiceWarning,
  FloatArray,
  Matrix,
  Progress,
  Run,
  Source,
  Vectors,
  Z,
} from './types.ts';
export { adjustedMutualInformation, adjustedRand } from './validation/agreement.ts';
export type { LabelArray } from './validation/labels.ts';
export { clusterQuality, type Quality, type QualityOptions } from './validation/quality.ts';
export { calinskiHarabasz, daviesBouldin } from './validation/scatter.ts';
export { type Silhouette, type SilhouetteOptions, silhouette } from './validation/silhouette.ts';
