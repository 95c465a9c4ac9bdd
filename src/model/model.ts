import { createSpace } from '../distance/metric-space.ts';
import { checkMetric, type Metric } from '../distance/metrics.ts';
import { BadRowError, FormatError, PlatformError, rangeError } from '../errors.ts';
import { snapshotOf } from '../runtime/memory/inputs.ts';
import { allocate, guard } from '../support/allocate.ts';
import { checkLength, checkOptions, wrongType, wrongValue } from '../support/checks.ts';
import { type InMemoryRows, readVectors } from '../support/vectors.ts';
import type { Matrix, Preparation, Vectors } from '../types.ts';
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts';

const FORMAT = 'coppice-model';
/** Version 2 has a preparation. A Coppice that reads only version 1 would label rows without it. */
const VERSIONS = ['1', '2'];

/**
 * Leaders and their clusters: all that is needed to label rows later or on another machine. A row gets the label of its nearest
 * leader.
 */
export class Model {
  /** One leader per row. */
  readonly leaders: Matrix;
  /** The cluster of each leader. Clusters are numbered from 1, those of `kmeans` from 0. */
  readonly labels: Int32Array;
  readonly metric: Metric;
  /** How rows are prepared before they are compared with the leaders, if the source of the model was (`prepare`). */
  readonly preparation: Preparation | undefined;

  constructor(leaders: Matrix, labels: Int32Array, metric: Metric, preparation?: Preparation) {
    this.leaders = leaders;
    this.labels = labels;
    this.metric = metric;
    this.preparation = preparation;
  }

  /** The model as a safetensors file: `leaders`, `labels`; the metric and the preparation are in the metadata. */
  save(): Uint8Array {
    const { metric, preparation } = this;
    return encodeSafetensors({
      tensors: {
        leaders: { data: this.leaders.data, shape: [this.leaders.rows, this.leaders.cols] },
        labels: { data: this.labels, shape: [this.labels.length] },
      },
      metadata: {
        format: FORMAT,
        version: VERSIONS[preparation ? 1 : 0],
        metric,
        ...(preparation && { preparation: JSON.stringify(preparation) }),
      },
    });
  }

  /**
   * Load a model saved by `save`.
   * @param file name for errors
   * @throws FormatError if the bytes are not a model, or its version is unknown
   */
  static load(bytes: Uint8Array | ArrayBuffer, file = 'model'): Model {
    const view = bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes;
    if (!(view instanceof Uint8Array)) {
      throw wrongType('bytes of a model', 'a Uint8Array or an ArrayBuffer', bytes);
    }
    const { tensors, metadata } = decodeSafetensors(view, file);
    if (metadata.format !== FORMAT) {
      throw new FormatError(
        file,
        `is not a Coppice model: the format in its metadata is ${JSON.stringify(metadata.format ?? null)}, not '${FORMAT}'`,
      );
    }
    if (!VERSIONS.includes(metadata.version)) {
      throw new FormatError(
        file,
        `holds a model of version ${JSON.stringify(metadata.version ?? null)}; this Coppice reads ${VERSIONS}`,
      );
    }
    const { leaders, labels } = tensors;
    if (leaders?.shape.length !== 2 || leaders.data instanceof Int32Array) {
      throw new FormatError(file, 'has no two-dimensional tensor of floats called leaders');
    }
    if (!(labels?.data instanceof Int32Array)) {
      throw new FormatError(file, 'has no int32 tensor called labels');
    }
    try {
      return makeModel({
        leaders: { data: leaders.data, rows: leaders.shape[0], cols: leaders.shape[1] },
        labels: labels.data,
        metric: metadata.metric as Metric,
        preparation: metadata.version === '1' ? undefined : JSON.parse(metadata.preparation),
      });
    } catch (cause) {
      throw cause instanceof PlatformError
        ? cause
        : new FormatError(file, (cause as Error).message, { cause });
    }
  }
}

function findBad(table: InMemoryRows): number {
  return table.data.findIndex((x) => !Number.isFinite(x));
}

/** What a model is made of. */
export interface ModelParts {
  leaders: Vectors;
  labels: Int32Array | readonly number[];
  metric?: Metric;
  preparation?: Preparation | undefined;
}

/** As createModel, of leaders in a matrix or in lists. */
export function makeModel(parts: ModelParts): Model {
  checkOptions(
    parts,
    { leaders: true, labels: true, metric: true, preparation: true },
    'createModel',
    '{ leaders: [[0, 0]], labels: [1] }',
  );
  const { labels, metric = 'euclidean', preparation } = parts;
  const leaders = readVectors(parts.leaders, 'leaders');
  checkMetric(metric);
  if (leaders.rows < 1) throw rangeError('leaders must have at least one row, got 0');
  createSpace(metric, leaders.cols, leaders.element);
  if (!(labels instanceof Int32Array) && !Array.isArray(labels)) {
    throw wrongType('labels', 'an Int32Array or an array of whole numbers', labels);
  }
  checkLength(labels.length, 'labels', leaders.rows, 'cluster', 'leaders');
  const bad = Array.prototype.findIndex.call(labels, (x: unknown) => (x as number) !== ((x as number) | 0));
  if (bad >= 0) throw wrongValue(`labels[${bad}]`, 'a 32-bit whole number', labels[bad]);
  const { data, rows, cols } = leaders;
  const at = findBad(leaders);
  if (at >= 0) throw new BadRowError('leaders', Math.floor(at / cols), at % cols, data[at]);
  const own = allocate(Int32Array, labels.length);
  own.set(labels);
  return new Model({ data: guard(() => snapshotOf(data)), rows, cols }, own, metric, preparation);
}
