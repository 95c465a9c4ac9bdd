/**
 * The header of an NPY file, versions 1 to 3: where the numbers begin, their type, shape and order.
 * Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */

import { FormatError } from '../../errors.ts';
import { type Bytes, readExactly } from '../bytes/bytes.ts';

/** Element type: b bool, i signed, u unsigned, f floating point; `size` in bytes. */
export interface NpyType {
  kind: 'b' | 'i' | 'u' | 'f';
  size: 1 | 2 | 4 | 8;
  bigEndian: boolean;
}

export interface NpyHeader extends NpyType {
  version: number;
  /** As NumPy writes it, such as `<f4`. */
  descr: string;
  fortranOrder: boolean;
  shape: number[];
  /** Offset of the first element. */
  dataOffset: number;
}

/** Longer than the header of any plain array (NumPy itself refuses headers over 10,000 bytes). */
const MAX_HEADER_BYTES = 65_536;

type Literal = string | number | bigint | boolean | null | Literal[] | Map<string, Literal>;

/** Parses the Python literals that occur in a header: dicts, strings, whole numbers, booleans, None, tuples, lists. */
class LiteralParser {
  #at = 0;
  #depth = 0;
  readonly #text: string;
  readonly #fail: (problem: string, at: number) => never;

  constructor(text: string, fail: (problem: string, at: number) => never) {
    this.#text = text;
    this.#fail = fail;
  }

  parse(): Literal {
    const value = this.#value();
    this.#space();
    if (this.#at < this.#text.length) this.#fail('something follows the header dictionary', this.#at);
    return value;
  }

  #space(): void {
    while (this.#at < this.#text.length && ' \t\r\n\f'.includes(this.#text[this.#at])) this.#at++;
  }

  #accept(token: string): boolean {
    this.#space();
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  #value(): Literal {
    this.#space();
    const text = this.#text;
    const at = this.#at;
    const c = text[at];
    if (c === '{') return this.#dict();
    if (c === '(' || c === '[') return this.#sequence(c === '(' ? ')' : ']');
    if (c === "'" || c === '"') return this.#string(c);
    const word = /^(?:True|False|None|-?\d+L?)(?![\w.])/.exec(text.slice(at, at + 400))?.[0];
    if (word === undefined) this.#fail('the header is not a Python dictionary', at);
    this.#at += word.length;
    if (word === 'True') return true;
    if (word === 'False') return false;
    if (word === 'None') return null;
    const digits = word.replace('L', ''); // Python 2 marked long numbers
    return Number.isSafeInteger(Number(digits)) ? Number(digits) : BigInt(digits);
  }

  #string(quote: string): string {
    const close = this.#text.indexOf(quote, this.#at + 1);
    if (close < 0) this.#fail('a string in the header does not end', this.#at);
    const inside = this.#text.slice(this.#at + 1, close);
    this.#at = close + 1;
    return inside;
  }

  #sequence(close: string): Literal[] {
    const items: Literal[] = [];
    this.#open();
    while (!this.#accept(close)) {
      items.push(this.#value());
      if (!this.#accept(',')) {
        if (!this.#accept(close)) this.#fail(`expected "," or "${close}" in the header`, this.#at);
        break;
      }
    }
    this.#depth--;
    return items;
  }

  #dict(): Map<string, Literal> {
    const entries = new Map<string, Literal>();
    this.#open();
    while (!this.#accept('}')) {
      this.#space();
      const at = this.#at;
      const key = this.#value();
      if (typeof key !== 'string') this.#fail('a key in the header is not a string', at);
      if (!this.#accept(':')) this.#fail('expected ":" in the header', this.#at);
      if (entries.has(key)) this.#fail(`the header gives ${JSON.stringify(key)} twice`, at);
      entries.set(key, this.#value());
      if (!this.#accept(',')) {
        if (!this.#accept('}')) this.#fail('expected "," or "}" in the header', this.#at);
        break;
      }
    }
    this.#depth--;
    return entries;
  }

  #open(): void {
    // A damaged header with thousands of brackets must not exhaust the stack.
    if (++this.#depth > 16) this.#fail('the header is nested too deeply', this.#at);
    this.#at++;
  }
}

const DTYPE_NAMES: Record<string, string> = {
  O: 'Python objects',
  S: 'byte strings',
  a: 'byte strings',
  U: 'text',
  V: 'raw records',
  c: 'complex numbers',
  M: 'dates',
  m: 'time spans',
};

function parseType(descr: string): NpyType | string {
  const parts = /^([<>|=]?)([a-zA-Z?])(\d*)(\[.*\])?$/.exec(descr);
  if (!parts) return 'an unknown type';
  const kind = parts[2] === '?' ? 'b' : parts[2];
  const size = parts[2] === '?' && parts[3] === '' ? 1 : Number(parts[3]);
  const bigEndian = parts[1] === '>';
  if (parts[4] !== undefined) return DTYPE_NAMES[kind] ?? 'an unknown type';
  if (kind === 'f' && (size === 12 || size === 16)) return 'extended-precision numbers';
  const sizes: Record<string, number[]> = { b: [1], i: [1, 2, 4, 8], u: [1, 2, 4, 8], f: [2, 4, 8] };
  if (sizes[kind]?.includes(size))
    return { kind: kind as NpyType['kind'], size: size as NpyType['size'], bigEndian };
  return DTYPE_NAMES[kind] ?? 'an unknown type';
}

/**
 * Read and check the header. It allocates at most 64 KiB for the header, whatever length the file claims.
 *
 * Errors: `FormatError` with the byte offset of the error.
 */
export async function readNpyHeader(bytes: Bytes): Promise<NpyHeader> {
  const fail = (problem: string, offset: number): never => {
    throw new FormatError(bytes.name, problem, { offset });
  };
  const begin = (await bytes.slice(0, Math.min(12, bytes.byteLength))).slice();
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY
  const wrong = magic.findIndex((byte, i) => begin[i] !== byte);
  if (wrong >= 0) fail('is not an NPY file: it does not begin with \\x93NUMPY', wrong);
  if (begin.length < 10) fail('the file ends within the NPY header', begin.length);

  const version = begin[6];
  if (version < 1 || version > 3 || begin[7] !== 0) {
    fail(`NPY version ${version}.${begin[7]}; known are 1.0, 2.0 and 3.0`, 6);
  }
  const headerOffset = version === 1 ? 10 : 12;
  if (begin.length < headerOffset) fail('the file ends within the NPY header', begin.length);
  const view = new DataView(begin.buffer);
  const headerBytes = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const dataOffset = headerOffset + headerBytes;
  if (headerBytes > MAX_HEADER_BYTES) {
    fail(`the header claims ${headerBytes} bytes; allowed are ${MAX_HEADER_BYTES}`, 8);
  }
  if (dataOffset > bytes.byteLength) {
    fail(`the header claims ${headerBytes} bytes, but the file ends at byte ${bytes.byteLength}`, 8);
  }

  const raw = new Uint8Array(headerBytes);
  await readExactly(bytes, raw, headerOffset);
  // Version 3 is UTF-8; the others are latin1. Only keys and type names matter, and those are ASCII in both. With one
  // character per byte, the offsets in messages are right.
  const text = Array.from(raw, (byte) => String.fromCharCode(byte)).join('');
  const at = (key: string) => headerOffset + Math.max(0, text.indexOf(key));
  const dict = new LiteralParser(text, (problem, offset) => fail(problem, headerOffset + offset)).parse();
  if (!(dict instanceof Map)) return fail('the header is not a Python dictionary', headerOffset);
  for (const key of ['descr', 'fortran_order', 'shape']) {
    if (!dict.has(key)) fail(`the header lacks ${JSON.stringify(key)}`, headerOffset);
  }
  for (const key of dict.keys()) {
    if (!['descr', 'fortran_order', 'shape'].includes(key)) {
      fail(`the header has the unknown key ${JSON.stringify(key.slice(0, 40))}`, at(key));
    }
  }

  const descr = dict.get('descr');
  const allowed = 'allowed are f2, f4, f8, whole numbers i1 to i8 and u1 to u8, and bool';
  if (typeof descr !== 'string') {
    return fail(
      `dtype is structured (named fields), which cannot be read as a table of numbers; ${allowed}`,
      at('descr'),
    );
  }
  const type = parseType(descr);
  if (typeof type === 'string') {
    return fail(`dtype is ${JSON.stringify(descr.slice(0, 40))} (${type}); ${allowed}`, at('descr'));
  }
  const fortranOrder = dict.get('fortran_order');
  if (typeof fortranOrder !== 'boolean')
    return fail('fortran_order is not True or False', at('fortran_order'));
  const shape = dict.get('shape');
  if (!Array.isArray(shape)) return fail('shape is not a tuple', at('shape'));
  for (const size of shape) {
    const whole = typeof size === 'bigint' || typeof size === 'number';
    if (!whole || size < 0)
      fail(`shape holds ${String(size)}; allowed are whole numbers from 0`, at('shape'));
    if (typeof size === 'bigint') fail(`shape holds ${size}, more than any file has`, at('shape'));
  }
  checkLength(
    bytes,
    shape as number[],
    type.size,
    dataOffset,
    (problem, offset) => fail(problem, offset),
    at('shape'),
  );
  return { ...type, version, descr, fortranOrder, shape: shape as number[], dataOffset };
}

/** Check that the shape accounts for every byte of the file. This finds a wrong header before anything is allocated. */
function checkLength(
  bytes: Bytes,
  shape: number[],
  size: number,
  dataOffset: number,
  fail: (problem: string, offset: number) => never,
  shapeOffset: number,
): void {
  // BigInt, since a wrong product may be so large that as a float64 it is rounded to the right one.
  const claimed = shape.reduce((product, n) => product * BigInt(n), BigInt(size));
  const shown = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;
  if (bytes.byteLength === Infinity) {
    // The length of a stream is only known at its end. But more data than any file can hold is an error now.
    if (claimed <= BigInt(2 ** 53)) return;
    fail(`shape ${shown} needs ${claimed} bytes of data, more than any file has`, shapeOffset);
  }
  const present = bytes.byteLength - dataOffset;
  if (claimed === BigInt(present)) return;
  if (claimed < BigInt(present)) {
    fail(
      `shape ${shown} accounts for ${claimed} bytes of data, but ${present} are there; ` +
        'the file has something else at its end, or its header is wrong',
      dataOffset + Number(claimed),
    );
  }
  fail(
    `shape ${shown} needs ${claimed} bytes of data, but ${present} are there; ` +
      'the file was cut short, or its header is wrong',
    claimed > BigInt(2 ** 53) ? shapeOffset : bytes.byteLength,
  );
}
