/**
 * NumPy's NPY files, version 1.0.
 * Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */

import { allocate } from '../support/allocate.ts';
import { wrongType, wrongValue } from '../support/checks.ts';
import type { ByteSink, LabelSink } from './sink.ts';

/** Long enough for any shape of two numbers. It is constant, so that the shape can be patched afterwards. */
const NPY_HEADER_BYTES = 128;

/** The header of an array in C order. */
function npyHeader(descr: '<i4' | '<f4' | '<f8', shape: readonly number[]): Uint8Array {
  const tuple = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const head = allocate(Uint8Array, NPY_HEADER_BYTES).fill(0x20);
  head.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, NPY_HEADER_BYTES - 10, 0]);
  new TextEncoder().encodeInto(text, head.subarray(10));
  head[NPY_HEADER_BYTES - 1] = 0x0a;
  return head;
}

/** The bytes of an array, little-endian like every machine that runs JavaScript today. */
function bytesOf(data: Int32Array | Float32Array | Float64Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Labels as a one-dimensional int32 array. Their number is known only at the end, and is patched into the header. */
export function npyLabels(out: ByteSink): LabelSink {
  let count = 0;
  out.append(npyHeader('<i4', [0]));
  return {
    write({ labels }) {
      count += labels.length;
      out.append(bytesOf(labels));
    },
    finish() {
      out.patch(npyHeader('<i4', [count]), 0);
    },
  };
}

/** A whole float64 matrix, as `scipy.cluster.hierarchy` reads a linkage matrix. */
export function writeNpyMatrix(out: ByteSink, data: Float64Array, cols: number): void {
  out.append(npyHeader('<f8', [data.length / cols, cols]));
  out.append(bytesOf(data));
}

/**
 * A matrix as an NPY file: a linkage matrix (`npyMatrix(Z, 4)`) as `scipy.cluster.hierarchy` reads it, a sample, leaders.
 *
 * Shape: `data` is rows x `cols`, row-major; float32, float64 or int32, written unchanged.
 * @throws TypeError for other arrays; RangeError if `cols` does not divide the length
 */
export function npyMatrix(data: Int32Array | Float32Array | Float64Array, cols: number): Uint8Array {
  const descr =
    data instanceof Float64Array
      ? '<f8'
      : data instanceof Float32Array
        ? '<f4'
        : data instanceof Int32Array
          ? '<i4'
          : undefined;
  if (!descr) throw wrongType('data', 'a Float32Array, Float64Array or Int32Array', data);
  if (!(Number.isSafeInteger(cols) && cols >= 1 && data.length % cols === 0)) {
    throw wrongValue('cols', `a whole number that divides the length ${data.length}`, cols);
  }
  const out = allocate(Uint8Array, NPY_HEADER_BYTES + data.byteLength);
  out.set(npyHeader(descr, [data.length / cols, cols]));
  out.set(bytesOf(data), NPY_HEADER_BYTES);
  return out;
}
