/** `coppice/sinks`: labels and matrices as the bytes of files, for any destination. */

export type { LabelFormat } from './labels.ts';
export { labelSink } from './labels.ts';
export { npyMatrix } from './npy.ts';
export type { ByteSink, LabelBatch, LabelOptions, LabelSink } from './sink.ts';
