/**
 * Thrift's compact protocol as a tree that can be changed and written again: a struct is a list of {id, type, value}.
 * Format: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */

import { awkward } from '../mutate.mjs';

export const TRUE = 1;
export const FALSE = 2;
export const I32 = 5;
export const I64 = 6;
const BYTE = 3;
const I16 = 4;
const DOUBLE = 7;
export const BINARY = 8;
const LIST = 9;
const SET = 10;
export const STRUCT = 12;

const MOST_DEPTH = 30;

/** A value of each type, for what becomes one of another. */
const PLAIN = { [TRUE]: 1, [I32]: 1n, [I64]: 1n, [BINARY]: new Uint8Array(3), [STRUCT]: [] };

/** @returns {{ value: object[], end: number }} the struct that begins at `at`; throws if there is none */
export function readStruct(bytes, at) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let place = at;
  const byte = () => view.getUint8(place++);
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const next = byte();
      value |= BigInt(next & 127) << shift;
      if (next < 128) return value;
    }
    throw new Error('a number of more than ten bytes');
  };
  const signed = () => {
    const value = varint();
    return (value >> 1n) ^ -(value & 1n);
  };
  const struct = (depth) => {
    const fields = [];
    for (let last = 0; ; ) {
      const head = byte();
      if ((head & 15) === 0) return fields;
      const id = head >> 4 ? last + (head >> 4) : Number(signed());
      const type = head & 15;
      fields.push({ id, type, value: type <= FALSE ? type : read(type, depth) });
      last = id;
    }
  };
  const read = (type, depth) => {
    if (depth > MOST_DEPTH) throw new Error('too deep');
    if (type === BYTE || type <= FALSE) return byte();
    if (type === I16 || type === I32 || type === I64) return signed();
    if (type === DOUBLE || type === BINARY) {
      const length = type === DOUBLE ? 8 : Number(varint());
      if (place + length > bytes.length) throw new Error('a text goes beyond the end');
      place += length;
      return bytes.slice(place - length, place);
    }
    if (type === STRUCT) return struct(depth + 1);
    if (type !== LIST && type !== SET) throw new Error(`type ${type}`);
    const head = byte();
    const count = head >> 4 === 15 ? Number(varint()) : head >> 4;
    if (count > bytes.length) throw new Error('a list longer than the file');
    return { type: head & 15, items: Array.from({ length: count }, () => read(head & 15, depth + 1)) };
  };
  return { value: struct(0), end: place };
}

/** @returns {Uint8Array} the struct as bytes */
export function writeStruct(fields) {
  const out = [];
  const varint = (value) => {
    let rest = BigInt.asUintN(70, value);
    for (; rest > 127n; rest >>= 7n) out.push(Number(rest & 127n) | 128);
    out.push(Number(rest));
  };
  const signed = (value) => varint(value < 0n ? -value * 2n - 1n : value * 2n);
  const struct = (all) => {
    let last = 0;
    for (const { id, type, value } of all) {
      const step = id - last;
      if (step > 0 && step < 16) out.push((step << 4) | type);
      else {
        out.push(type);
        signed(BigInt(id));
      }
      if (type > FALSE) write(type, value);
      last = id;
    }
    out.push(0);
  };
  const write = (type, value) => {
    if (type === BYTE || type <= FALSE) out.push(value & 255);
    else if (type === I16 || type === I32 || type === I64) signed(value);
    else if (type === DOUBLE) out.push(...value);
    else if (type === BINARY) {
      varint(BigInt(value.length));
      for (const one of value) out.push(one);
    } else if (type === STRUCT) struct(value);
    else {
      const { items } = value;
      const count = value.count ?? items.length;
      out.push((Math.min(15, count) << 4) | value.type);
      if (count >= 15) varint(BigInt(count));
      for (const item of items) write(value.type, item);
    }
  };
  struct(fields);
  return Uint8Array.from(out);
}

/** The field of a struct, or undefined. Of two with one number the last counts, as in most readers. */
export const fieldOf = (fields, id) =>
  Array.isArray(fields) ? fields.findLast((field) => field.id === id) : undefined;
/** The value of a field that is a number, as a number. */
export const numberOf = (fields, id) => {
  const value = fieldOf(fields, id)?.value;
  return typeof value === 'bigint' ? Number(value) : undefined;
};

/** Put a number into a field, which is added where it is missing. */
export function setNumber(fields, id, type, value) {
  const field = fieldOf(fields, id);
  const held = { id, type, value: BigInt(value) };
  if (field) Object.assign(field, held);
  else {
    fields.push(held);
    fields.sort((a, b) => a.id - b.id);
  }
}

/** All structs and lists within one. */
function* within(fields) {
  yield { fields };
  for (const { type, value } of fields) {
    if (type === STRUCT) yield* within(value);
    if (type !== LIST && type !== SET) continue;
    yield { list: value };
    if (value.type === STRUCT) for (const item of value.items) yield* within(item);
  }
}

/** Change one thing in a struct: a number, a text, a type, a field or an item less or twice, a wrong count. */
export function changeStruct(fields, random, total) {
  const { fields: struct, list } = random.pick([...within(fields)]);
  if (list) {
    const { items } = list;
    const i = random.below(items.length + 1);
    const kind = random.below(5);
    if (kind === 0) items.splice(i, 1);
    else if (kind === 1 && items.length > 0) items.splice(i, 0, random.pick(items));
    else if (kind === 2) list.count = random.pick([0, 1, items.length + 1, 2 ** 16, 2 ** 31 - 1]);
    else if (kind === 3) {
      list.type = random.pick(Object.keys(PLAIN).map(Number));
      list.items = items.map(() => PLAIN[list.type]);
    } else if (typeof items[i] === 'bigint') items[i] = number(items[i], random, total);
    else if (items[i] instanceof Uint8Array) items[i] = text(items[i], random);
    return;
  }
  if (struct.length === 0) return;
  const i = random.below(struct.length);
  const field = struct[i];
  const kind = random.below(8);
  if (kind === 0) struct.splice(i, 1);
  else if (kind === 1) struct[i] = { ...field, id: field.id + random.pick([-1, 1, 2, 100]) };
  else if (kind === 2 && field.type <= FALSE) field.type = field.type === TRUE ? FALSE : TRUE;
  else if (kind === 2) {
    const type = random.pick(Object.keys(PLAIN).map(Number));
    struct[i] = { ...field, type, value: PLAIN[type] };
  } else if (typeof field.value === 'bigint') field.value = number(field.value, random, total);
  else if (field.value instanceof Uint8Array) field.value = text(field.value, random);
}

function number(value, random, total) {
  if (random.oneIn(3)) return value + BigInt(random.pick([-8, -1, 1, 2, 8]));
  if (random.oneIn(3)) return BigInt(random.below(20));
  const size = random.pick([4, 8]);
  return BigInt.asIntN(8 * size, awkward(random, size, total));
}

function text(value, random) {
  const kind = random.below(4);
  if (kind === 0) return value.slice(0, random.below(value.length + 1));
  if (kind === 1) return Uint8Array.from([...value, ...value, 46]);
  if (kind === 2) return Uint8Array.of(0xff, 0xfe, 0);
  const out = value.slice();
  if (out.length > 0) out[random.below(out.length)] ^= 1 << random.below(8);
  return out;
}
