/** `coppice/sequences`: amino acid sequences as a graph, as vectors, and in clusters. */

export type { Graph } from '../graph/graph.ts';
export type { MarkovClusters, MclOptions } from '../graph/mcl.ts';
export {
  type AssignSequencesOptions,
  assignSequences,
  type ClusteredSequences,
  type SequenceAssignment,
} from './assign.ts';
export { type EncodeOptions, encodeSequences } from './encode.ts';
export { type HammingOptions, hammingGraph } from './hamming.ts';
export { AMINO_ACIDS, BEST_PROPERTIES, PROPERTIES, type Property, propertyValues } from './properties.ts';
export { type ReadSequencesOptions, readSequences, type SequenceSet } from './read.ts';
export {
  type ClusterReport,
  type ReportedClusters,
  type ReportOptions,
  report,
  type SequenceReport,
} from './report.ts';
export {
  openSequences,
  type SequenceChunk,
  type SequenceFormat,
  type SequenceOptions,
  type SequenceSource,
  sequenceExtensions,
} from './source.ts';
