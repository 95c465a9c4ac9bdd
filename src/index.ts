/**
 * Coppice: clustering of data that does not fit in memory.
 *
 * Long calls are asynchronous, and their last argument is an options object. Functions of trees are synchronous.
 * Names are those of SciPy in camelCase.
 */

export { type Batch, BatchClustering, type BatchClusters } from './batches/clustering.ts';
export type { EdgesKept } from './batches/edges.ts';
export { ClusterMatrix } from './batches/matrix.ts';
export {
  adviseSample,
  type PreclusterOptions,
  type RefineOptions,
  type TrainOptions,
} from './batches/options.ts';
export type { ClusteredOptions } from './clusters/clustered-rows.ts';
export { type CrossTable, crossTable } from './clusters/cross-table.ts';
export {
  type ClusterColumn,
  type ClusterDescription,
  type ClusterDescriptions,
  type DescribeOptions,
  describeClusters,
} from './clusters/describe-clusters.ts';
export { members } from './clusters/members.ts';
export {
  type Representative,
  type RepresentativeOptions,
  type Representatives,
  representatives,
} from './clusters/representatives.ts';
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
  type ErrorFields,
  type ErrorReason,
  FormatError,
  MemoryLimitError,
  PlatformError,
  StoreError,
} from './errors.ts';
export { createGraph, type Graph } from './graph/graph.ts';
export { type MarkovClusters, type MclOptions, mcl } from './graph/mcl.ts';
export { type Heatmap, type HeatmapOptions, heatmap } from './heatmap/heatmap.ts';
export { type CopheneticFit, cophenet } from './hierarchy/cophenet.ts';
export { correspond } from './hierarchy/correspond.ts';
export type { Cut } from './hierarchy/cut.ts';
export { type CutTree, type CutTreeOptions, cutTree } from './hierarchy/cut-tree.ts';
export {
  type Dendrogram,
  type DendrogramOptions,
  dendrogram,
} from './hierarchy/dendrogram.ts';
export { DisjointSet } from './hierarchy/disjoint-set.ts';
export { type Elbow, type ElbowOptions, elbow } from './hierarchy/elbow.ts';
export { type Criterion, type FclusterOptions, fcluster } from './hierarchy/fcluster.ts';
export { inconsistent } from './hierarchy/inconsistent.ts';
export { isIsomorphic } from './hierarchy/isomorphic.ts';
export { type Leaders, leaders } from './hierarchy/leaders.ts';
export { leavesList } from './hierarchy/leaves.ts';
export { type FclusterdataOptions, fclusterdata } from './hierarchy/linkage/fclusterdata.ts';
export { type LeafOrderingOptions, optimalLeafOrdering } from './hierarchy/linkage/leaf-ordering.ts';
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
} from './hierarchy/linkage/linkage.ts';
export { METHODS, type Method } from './hierarchy/linkage/methods.ts';
export { fromMlabLinkage, toMlabLinkage } from './hierarchy/matlab.ts';
export { maxdists, maxinconsts, maxRstat } from './hierarchy/max-statistics.ts';
export { setLinkColorPalette } from './hierarchy/palette.ts';
export { ClusterNode, type TreeNodes, toTree } from './hierarchy/tree.ts';
export { type FromNewickOptions, fromNewick, type NewickTree } from './hierarchy/trees/from-newick.ts';
export { type PrunedTree, prune } from './hierarchy/trees/prune.ts';
export { type RotateOrder, rotate } from './hierarchy/trees/rotate.ts';
export { type HierarchyNode, toHierarchy } from './hierarchy/trees/to-hierarchy.ts';
export { type NewickHeights, type ToNewickOptions, toNewick } from './hierarchy/trees/to-newick.ts';
export { isMonotonic, isValidIm, isValidLinkage, numObsLinkage } from './hierarchy/validate.ts';
export { type KMeans, kmeans } from './kmeans/kmeans.ts';
export type { KMeansMetric } from './kmeans/layout.ts';
export type { KMeansOptions } from './kmeans/options.ts';
export { type Codes, vq, whiten } from './kmeans/vq.ts';
export type { MessagePart } from './messages.ts';
export { type Assignment, type AssignOptions, assign } from './model/assign.ts';
export { createModel } from './model/create-model.ts';
export { Model, type ModelParts } from './model/model.ts';
export type { Shape } from './model/source.ts';
export type { HeatmapStrip } from './plot/heatmap/strips.ts';
export { close } from './runtime/lease.ts';
export { type Configuration, configure } from './runtime/threads/platform.ts';
export { folderStore } from './stores/folder.ts';
export { memoryStore } from './stores/memory.ts';
export { opfsStore } from './stores/opfs.ts';
export type { Store, StoredFile } from './stores/store.ts';
export { type NamedColumns, type ToMatrixOptions, toMatrix } from './support/matrix/to-matrix.ts';
export type { TwoPassOptions } from './twopass/options.ts';
export { type Plan, plan } from './twopass/plan.ts';
export { type TwoPass, twoPass } from './twopass/two-pass.ts';
export type {
  ByteSource,
  Chunk,
  ChunkOptions,
  Container,
  CoppiceWarning,
  FloatArray,
  Matrix,
  Preparation,
  PreparationStep,
  Progress,
  Run,
  Source,
  Vectors,
  Z,
} from './types.ts';
export { adjustedMutualInformation, adjustedRand } from './validation/agreement.ts';
export { calinskiHarabasz, daviesBouldin } from './validation/dispersion.ts';
export type { LabelArray } from './validation/labels.ts';
export { clusterQuality, type Quality, type QualityOptions } from './validation/quality.ts';
export {
  type ClusterSilhouette,
  type Silhouette,
  type SilhouetteOptions,
  silhouette,
} from './validation/silhouette.ts';
