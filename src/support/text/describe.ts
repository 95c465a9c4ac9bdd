/** Descriptions of values for error messages. */

/** The name of a value's built-in class ('Float64Array', 'Map', ...). Unlike `instanceof` it works across realms. */
export function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/** A short description of a value: its kind, and its size or text. */
export function describe(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value === 'bigint') return `the bigint ${value}`;
  if (typeof value === 'string') {
    return `the string ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value)}`;
  }
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'symbol') return 'a symbol';
  const tag = tagOf(value);
  if (Array.isArray(value)) return `an Array of length ${value.length}`;
  if (isTypedArray(value)) return `${/^[AIU]/.test(tag) ? 'an' : 'a'} ${tag} of length ${value.length}`;
  return tag === 'Object' ? 'a plain object' : `${/^[AEIOU]/.test(tag) ? 'an' : 'a'} ${tag}`;
}

/** Any typed array of numbers (a DataView and the bigint arrays are not). */
type NumberArray =
  | Float64Array
  | Float32Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

/** Whether a value is a typed array whose elements are numbers. */
export function isTypedArray(value: unknown): value is NumberArray {
  return ArrayBuffer.isView(value) && /^(Float|Int|Uint)\d+(Clamped)?Array$/.test(tagOf(value));
}
