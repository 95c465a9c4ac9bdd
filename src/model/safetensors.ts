/**
 * The safetensors container: a length, a JSON header, then tensors one after another. Loading runs no code, and readers exist
 * for many languages.
 *
 *   8 bytes   length of the header, little-endian
 *   header    {"name": {"dtype": "F32", "shape": [2, 66], "data_offsets": [0, 528]}, "__metadata__": {...}}
 *   data      little-endian, row-major
 *
 * Source: https://github.com/huggingface/safetensors#format
 */

import { asOurs, FormatError } from '../errors.ts';
import { allocate } from '../support/allocate.ts';

const DTYPES = {
  F32: { array: Float32Array, bytes: 4 },
  F64: { array: Float64Array, bytes: 8 },
  I32: { array: Int32Array, bytes: 4 },
} as const;

interface Tensor {
  data: Float32Array | Float64Array | Int32Array;
  shape: number[];
}

interface Safetensors {
  tensors: Record<string, Tensor>;
  metadata: Record<string, string>;
}

function dtypeOf(data: Tensor['data']): keyof typeof DTYPES {
  if (data instanceof Float32Array) return 'F32';
  return data instanceof Float64Array ? 'F64' : 'I32';
}

/** Encode tensors, in the order of their names, and metadata. Equal input gives equal bytes. */
export function encodeSafetensors({ tensors, metadata }: Safetensors): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  const names = Object.keys(tensors).sort();
  let end = 0;
  for (const name of names) {
    const { data, shape } = tensors[name];
    header[name] = { dtype: dtypeOf(data), shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  let json = new TextEncoder().encode(JSON.stringify(header));
  // Pad with spaces to a multiple of 8, so that the data are aligned and can be mapped.
  const padded = allocate(Uint8Array, Math.ceil(json.length / 8) * 8).fill(0x20);
  padded.set(json);
  json = padded;
  const out = allocate(Uint8Array, 8 + json.length + end);
  new DataView(out.buffer).setBigUint64(0, BigInt(json.length), true);
  out.set(json, 8);
  let at = 8 + json.length;
  for (const name of names) {
    const { data } = tensors[name];
    out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return out;
}

/**
 * Read tensors of float32, float64 and int32.
 * @throws FormatError with `file` and the byte offset if the bytes are not valid
 */
export function decodeSafetensors(bytes: Uint8Array, file: string): Safetensors {
  const fail = (problem: string, offset: number, cause?: unknown): never => {
    throw new FormatError(file, problem, { offset, cause });
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = bytes.length < 8 ? 0 : Number(view.getBigUint64(0, true));
  // The header is a JSON object of less than 100 MB, as the format says.
  if (bytes[8] !== 0x7b || headerBytes > 1e8) {
    fail(
      'is not a safetensors file, the format of models; pass what model.save() returns or --model writes',
      0,
    );
  }
  if (headerBytes > bytes.length - 8) {
    fail(
      `the header should have ${headerBytes} bytes, but ${bytes.length - 8} follow; is the file cut off?`,
      0,
    );
  }
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + headerBytes)));
  } catch (cause) {
    const error = asOurs(cause, file);
    if (error !== cause) throw error;
    fail('the header is not JSON', 8, cause);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    fail('the header is not a JSON object', 8);
  }
  const dataAt = 8 + headerBytes;
  const spans: [from: number, to: number, name: string][] = [];
  const result: Safetensors = { tensors: {}, metadata: {} };
  for (const [name, entry] of Object.entries(header as Record<string, unknown>)) {
    if (name === '__metadata__') {
      for (const [key, value] of Object.entries((entry ?? {}) as object)) {
        if (typeof value !== 'string') fail(`metadata '${key}' must be a string`, 8);
        result.metadata[key] = value;
      }
      continue;
    }
    const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
    const type = DTYPES[dtype as keyof typeof DTYPES];
    if (!type)
      fail(`tensor '${name}' has dtype ${JSON.stringify(dtype ?? null)}; F32, F64 and I32 are read`, 8);
    const sizes =
      Array.isArray(shape) && shape.every((s) => Number.isSafeInteger(s) && s >= 0) ? shape : undefined;
    if (!sizes) fail(`tensor '${name}' has shape ${JSON.stringify(shape ?? null)}`, 8);
    const [from, to] = Array.isArray(offsets) ? offsets : [];
    const length = (sizes as number[]).reduce((a, b) => a * b, 1);
    if (
      !(
        Number.isSafeInteger(from) &&
        Number.isSafeInteger(to) &&
        from >= 0 &&
        from <= to &&
        dataAt + to <= bytes.length
      )
    ) {
      fail(
        `tensor '${name}' has data_offsets ${JSON.stringify(offsets ?? null)} of ${bytes.length - dataAt} bytes of data; is the file cut off?`,
        8,
      );
    }
    if (to - from !== length * type.bytes) {
      fail(`tensor '${name}' has ${to - from} bytes for shape [${sizes}] of ${dtype}`, dataAt + from);
    }
    spans.push([from, to, name]);
    // Copied, since typed arrays need aligned bytes, and the caller may release the file. (Not with `bytes.slice`: for Node's
    // Buffer that is a view.)
    const data = allocate<Tensor['data']>(type.array, length);
    new Uint8Array(data.buffer).set(bytes.subarray(dataAt + from, dataAt + to));
    result.tensors[name] = {
      data,
      shape: sizes as number[],
    };
  }
  // Tensors fill the data without holes or overlaps, as the format requires.
  let end = 0;
  for (const [from, to, name] of spans.sort(([a, b], [c, d]) => a - c || b - d)) {
    if (from !== end) fail(`tensor '${name}' begins at byte ${from} of the data, not ${end}`, dataAt + end);
    end = to;
  }
  if (dataAt + end !== bytes.length) {
    fail(`${bytes.length - dataAt - end} bytes follow the last tensor`, dataAt + end);
  }
  return result;
}
