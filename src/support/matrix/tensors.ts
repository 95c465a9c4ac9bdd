/** Tensors and n-dimensional arrays: numbers in one array, with a shape and perhaps strides. */

import { rangeError, typeError } from '../../errors.ts';
import type { FloatArray } from '../../types.ts';
import { wrongType } from '../checks.ts';
import { ROUND, type Steps } from '../scheduling.ts';
import { tagOf } from '../text/describe.ts';
import { type Converted, numberIn, wrongCell } from './columns.ts';

/** Numbers in memory: element (i, j) is at offset + i * strides[0] + j * strides[1]. */
interface Strided {
  data: ArrayLike<unknown>;
  shape: readonly [number, number];
  strides: readonly [number, number];
  offset: number;
  /** What converts an element; by default numbers are taken as they are. */
  decode?: ((value: number) => number) | undefined;
}

type Fields = Record<string, unknown>;

/** A float16, from its bits. */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

function listOf(value: unknown): number[] | undefined {
  const list =
    Array.isArray(value) || ArrayBuffer.isView(value) ? Array.from(value as never[], Number) : undefined;
  return list?.every(Number.isSafeInteger) ? list : undefined;
}

/** The name of the field that holds the shape of a tensor; undefined for other objects. */
export function shapeField(x: object): 'shape' | 'dims' | undefined {
  const fields = x as Fields;
  return (['shape', 'dims'] as const).find((key) => key in x && listOf(fields[key]) !== undefined);
}

/** The numbers of a tensor, which may lie elsewhere. */
function dataOf(x: Fields, name: string): unknown {
  try {
    return typeof x.dataSync === 'function' ? (x.dataSync as () => unknown)() : x.data;
  } catch (cause) {
    const line =
      typeof x.getData === 'function'
        ? `{ data: await ${name}.getData(), dims: ${name}.dims }`
        : `await ${name}.array()`;
    throw Object.assign(
      typeError(
        `${name} is a tensor whose numbers cannot be read now: ${(cause as Error).message}; pass ${line}`,
      ),
      { cause },
    );
  }
}

/**
 * The numbers of a tensor, with places checked.
 * @param shape the shape to read them as, if it is not the tensor's
 * @throws TypeError unless it has two dimensions, and enough numbers
 */
export function stridedOf(
  x: object,
  key: 'shape' | 'dims',
  name: string,
  shape: readonly number[] = listOf((x as Fields)[key])!,
): Strided {
  const fields = x as Fields;
  if (shape.length !== 2) {
    const merged = shape.length > 2 ? '; pass a part of it with two, or its mean over one' : '';
    throw typeError(
      `${name}.${key} has ${shape.length} numbers (${shape.join(' x ')}), but a matrix has only rows and columns${merged}`,
    );
  }
  const [rows, cols] = shape;
  const data = dataOf(fields, name) as ArrayLike<unknown>;
  if (typeof data !== 'object' || data === null || !Number.isSafeInteger(data.length)) {
    const line =
      typeof data === 'function' ? `pass { data: await ${name}.data(), shape: ${name}.shape }` : undefined;
    throw wrongType(`${name}.data`, 'an array of numbers', data, line);
  }
  const columnMajor = fields.fortranOrder === true || fields.fortran_order === true;
  const given = listOf(fields.stride) ?? listOf(fields.strides);
  const strides = given?.length === 2 ? given : columnMajor ? [1, rows] : [cols, 1];
  const offset = Number.isSafeInteger(fields.offset) ? (fields.offset as number) : 0;
  const ends = [offset, offset + (rows - 1) * strides[0] + (cols - 1) * strides[1]];
  for (const [size, step] of [
    [rows, strides[0]],
    [cols, strides[1]],
  ]) {
    ends.push(offset + (size - 1) * step);
  }
  const whole = given === undefined && offset === 0 ? data.length === rows * cols : true;
  if (rows > 0 && cols > 0 && (!whole || Math.min(...ends) < 0 || Math.max(...ends) >= data.length)) {
    throw typeError(
      `${name}.data has ${data.length} elements, but ${name}.${key} is ${rows} x ${cols}${given ? `, with strides ${strides.join(', ')} from ${offset}` : ''}`,
    );
  }
  // Where there is no Float16Array, the bits of float16 come as whole numbers.
  const half = fields.type === 'float16' && tagOf(data) === 'Uint16Array';
  return {
    data,
    shape: [rows, cols],
    strides: [strides[0], strides[1]],
    offset,
    ...(half ? { decode: fromHalf } : {}),
  };
}

function isFloatArray(value: unknown): value is FloatArray {
  return value instanceof Float32Array || value instanceof Float64Array;
}

/** @throws RangeError if there is no row or no column */
export function checkSize(rows: number, cols: number, name: string): void {
  if (rows < 1) throw rangeError(`${name} must have at least one row, got ${rows} x ${cols}`);
  if (cols < 1) throw rangeError(`${name} must have at least one column, got ${rows} x ${cols}`);
}

/**
 * Read columns of an array with strides. Floats that lie row by row are used where they are, not copied.
 * @param picked numbers of columns; all if undefined
 */
export function* readStrided(
  { data, shape, strides, offset, decode }: Strided,
  picked: readonly number[] | undefined,
  name: string,
): Steps<Converted> {
  const [rows, all] = shape;
  const cols = picked?.length ?? all;
  checkSize(rows, cols, name);
  if (isFloatArray(data) && !picked && strides[1] === 1 && strides[0] === cols) {
    return { data: data.subarray(offset, offset + rows * cols), rows, cols, rowBytes: 0 };
  }
  const out = tagOf(data) === 'Float32Array' ? new Float32Array(rows * cols) : new Float64Array(rows * cols);
  for (let i = 0, to = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++, to++) {
      const value = data[offset + i * strides[0] + (picked ? picked[j] : j) * strides[1]];
      const number = numberIn(value);
      if (number === undefined)
        throw typeError(`${name}: row ${i}, column ${picked ? picked[j] : j} ${wrongCell(value)}`);
      out[to] = decode ? decode(number) : number;
      if ((to & ROUND) === ROUND) yield;
    }
  }
  return { data: out, rows, cols, rowBytes: cols * out.BYTES_PER_ELEMENT };
}
