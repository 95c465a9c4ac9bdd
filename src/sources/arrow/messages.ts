/**
 * The messages of an Arrow file or stream: position, kind and number of rows of each, and reading of their bodies.
 * Only the few metadata fields that are needed for this are parsed here. flechette decodes the data (`pass.ts`).
 * Format: https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc
 */

import { FormatError, MemoryLimitError } from '../../errors.ts';
import { type Bytes, readExactly } from '../bytes/bytes.ts';
import { asFormatError } from '../bytes/library-errors.ts';
import type { Lent } from '../chunks/rows.ts';

export const SCHEMA = 1;
export const DICTIONARY = 2;
export const RECORDS = 3;

export const MAX_METADATA_BYTES = 64 * 2 ** 20;
/** A gap of up to this length between two buffers is read, not skipped, unless the input has its own `gapBytes`. */
const GAP_BYTES = 2 ** 16;
/** From this version on (V4) a buffer is described by an offset and a length. */
const LEAST_VERSION = 3;

/** One message. */
export interface Message {
  kind: number;
  /** Offset of its length prefix. */
  offset: number;
  /** The prefix and the metadata. */
  head: Uint8Array;
  bodyBytes: number;
  /** Number of rows of a record batch; 0 for other messages. */
  rows: number;
  /** The parts of a batch; undefined for a schema, and before version 4 of the format. */
  parts?: Parts;
}

/** The parts of a batch, with offsets of their descriptions in `head`. */
interface Parts {
  version: number;
  /** Bytes before the metadata. */
  prefixBytes: number;
  /** Offset of the length of the body. */
  length: number;
  /** Each has a length and a null count. */
  nodes: Structs;
  /** Each has an offset in the body and a length. */
  buffers: Structs;
  /** Number of data buffers of each column of views. */
  views: number[];
  /** Number of the dictionary, for a dictionary batch. */
  dictionary: number | undefined;
  /** The codec with which each buffer is compressed. */
  codec: number | undefined;
}

/** A compressed buffer. */
export interface Packed {
  codec: number;
  data: Uint8Array;
  /** Its claimed length when decompressed. */
  length: number;
}

/** Structs of 16 bytes. */
interface Structs {
  at: number;
  count: number;
}

/** A minimal Flatbuffers reader: gets fields of a table by their number in the schema. */
class FlatbufferTable {
  readonly #vtable: number;
  readonly #view: DataView;

  constructor(
    view: DataView,
    readonly at: number,
  ) {
    this.#view = view;
    this.#vtable = at - view.getInt32(at, true);
  }
  /** Offset of the value of a field; 0 if the field is left out. */
  field(n: number): number {
    const place = 4 + 2 * n;
    if (place >= this.#view.getUint16(this.#vtable, true)) return 0;
    const offset = this.#view.getUint16(this.#vtable + place, true);
    return offset === 0 ? 0 : this.at + offset;
  }
  byte(n: number): number {
    const at = this.field(n);
    return at === 0 ? 0 : this.#view.getUint8(at);
  }
  short(n: number): number {
    const at = this.field(n);
    return at === 0 ? 0 : this.#view.getInt16(at, true);
  }
  long(n: number): number {
    const at = this.field(n);
    return at === 0 ? 0 : Number(this.#view.getBigInt64(at, true));
  }
  table(n: number): FlatbufferTable | undefined {
    const at = this.field(n);
    return at === 0 ? undefined : new FlatbufferTable(this.#view, at + this.#view.getUint32(at, true));
  }
  /** The table that the offset stored at `at` points to. */
  pointer(at: number): FlatbufferTable {
    return new FlatbufferTable(this.#view, at + this.#view.getUint32(at, true));
  }
  /** Offset and number of the items of a vector; each has `size` bytes. */
  span(n: number, size: number): Structs {
    const at = this.field(n);
    if (at === 0) return { at, count: 0 };
    const start = at + this.#view.getUint32(at, true);
    const count = this.#view.getUint32(start, true);
    if (start + 4 + count * size > this.#view.byteLength) throw new RangeError('a vector is cut short');
    return { at: start + 4, count };
  }
  /** An ASCII string. */
  text(n: number): string {
    const { at, count } = this.span(n, 1);
    return Array.from({ length: count }, (_, i) => String.fromCharCode(this.#view.getUint8(at + i))).join('');
  }
  /** Offsets of the items of a vector. */
  vector(n: number, size: number): number[] {
    const { at, count } = this.span(n, size);
    return Array.from({ length: count }, (_, i) => at + i * size);
  }
}

const MAX_FIELDS = 1_000_000;
const MAX_DEPTH = 32;
const UNION = 14;

/**
 * Check that every vector lies within the metadata. With a damaged length, flechette would make billions of objects
 * before it notices the error.
 */
export function checkVectors(kind: number, header: FlatbufferTable): void {
  if (kind === SCHEMA) {
    let fields = 0;
    const visit = (at: number, depth: number): void => {
      if (++fields > MAX_FIELDS || depth > MAX_DEPTH) throw new RangeError('the schema is nested too deeply');
      const field = header.pointer(at);
      field.vector(6, 4);
      if (field.byte(2) === UNION) field.table(3)?.vector(1, 4);
      for (const child of field.vector(5, 4)) visit(child, depth + 1);
    };
    header.vector(2, 4);
    header.vector(3, 8);
    for (const field of header.vector(1, 4)) visit(field, 0);
    return;
  }
  const batch = kind === DICTIONARY ? header.table(1) : header;
  batch?.span(1, 16);
  batch?.span(2, 16);
  batch?.span(4, 8);
}

function partsOf(
  kind: number,
  root: FlatbufferTable,
  header: FlatbufferTable,
  view: DataView,
  prefixBytes: number,
): Parts | undefined {
  const version = root.short(0);
  const batch = kind === DICTIONARY ? header.table(1) : kind === RECORDS ? header : undefined;
  const length = root.field(3);
  if (!batch || version < LEAST_VERSION || length === 0) return undefined;
  return {
    version,
    prefixBytes,
    length,
    nodes: batch.span(1, 16),
    buffers: batch.span(2, 16),
    views: batch.vector(4, 8).map((at) => Number(view.getBigInt64(at, true))),
    dictionary: kind === DICTIONARY ? header.long(0) : undefined,
    codec: batch.table(3)?.byte(0),
  };
}

export function rootOf(view: DataView, at: number): FlatbufferTable {
  return new FlatbufferTable(view, at + view.getUint32(at, true));
}

/**
 * Read the message at an offset. At the end of the stream it calls `onEnd` with the end, and returns undefined. It only
 * reads forward.
 *
 * Errors: `FormatError` when the message is truncated or damaged.
 */
export async function readMessage(
  bytes: Bytes,
  offset: number,
  onEnd?: (end: number) => void,
): Promise<Message | undefined> {
  const { name } = bytes;
  const cut = (at: number) => new FormatError(name, 'ends within an Arrow message', { offset: at });
  const prefix = new Uint8Array(8);
  // Before version 0.15 there was no marker before the length.
  const got = await bytes.readInto(prefix.subarray(0, 4), offset);
  if (got === 0) {
    onEnd?.(offset);
    return undefined;
  }
  if (got < 4) throw cut(offset + got);
  const view = new DataView(prefix.buffer);
  let prefixBytes = 4;
  let length = view.getInt32(0, true);
  if (length === -1) {
    prefixBytes = 8;
    const more = await bytes.readInto(prefix.subarray(4), offset + 4);
    if (more < 4) throw cut(offset + 4 + more);
    length = view.getInt32(4, true);
  }
  if (length === 0) {
    onEnd?.(offset + prefixBytes);
    return undefined;
  }
  if (length < 0 || length > MAX_METADATA_BYTES || offset + prefixBytes + length > bytes.byteLength) {
    throw new FormatError(name, `an Arrow message claims ${length} bytes of metadata`, { offset });
  }
  const head = new Uint8Array(prefixBytes + length);
  head.set(prefix.subarray(0, prefixBytes));
  await readExactly(bytes, head.subarray(prefixBytes), offset + prefixBytes);
  let message: Message;
  try {
    const view = new DataView(head.buffer);
    const root = rootOf(view, prefixBytes);
    const kind = root.byte(1);
    const header = root.table(2);
    if (!header) throw new RangeError('its header is missing');
    checkVectors(kind, header);
    if (kind === SCHEMA) checkEndianness(name, header);
    checkCompression(name, root);
    const rows = kind === RECORDS ? header.long(0) : 0;
    const parts = partsOf(kind, root, header, view, prefixBytes);
    message = { kind, offset, head, bodyBytes: root.long(3), rows, parts };
  } catch (cause) {
    throw asFormatError(cause, name, 'an Arrow message', { offset });
  }
  const { bodyBytes, rows } = message;
  if (
    !(bodyBytes >= 0 && rows >= 0 && rows < 2 ** 31) ||
    offset + head.length + bodyBytes > bytes.byteLength
  ) {
    throw new FormatError(
      name,
      `an Arrow message claims ${bodyBytes} bytes and ${rows} rows, which cannot be`,
      { offset },
    );
  }
  return message;
}

/** Numbers are read in the byte order of this machine, which is little-endian wherever JavaScript engines run. */
export function checkEndianness(file: string, schema: FlatbufferTable): void {
  if (schema.short(0) === 0) return;
  throw new FormatError(
    file,
    'is of a big-endian machine, which is not read; write it again on a little-endian one (pyarrow converts while reading)',
  );
}

/** Refuse files whose codec is in the custom metadata of a message: only Arrow 0.17 wrote and read this. */
function checkCompression(file: string, message: FlatbufferTable): void {
  for (const at of message.vector(4, 4)) {
    const entry = message.pointer(at);
    if (entry.text(0) !== 'ARROW:experimental_compression') continue;
    throw new FormatError(
      file,
      `is compressed with ${entry.text(1)} as Arrow 0.17 alone did it, which is not read; read it with pyarrow and write ` +
        'it again',
    );
  }
}

/** The nodes and buffers of a batch that are wanted, by their index. */
export interface Wanted {
  nodes: ReadonlySet<number>;
  buffers: ReadonlySet<number>;
}

/**
 * Read a message for flechette. Its body begins at a multiple of 8 bytes, as typed array views require.
 *
 * With `wanted`, only those buffers are read, and small gaps between them. The metadata are changed: all other buffers
 * become empty, and the wanted ones get their positions in the shorter body. So flechette decodes only these. The message
 * is read into `memory` if that is given, else into new memory.
 */
export async function readBody(
  bytes: Bytes,
  message: Message,
  room: Room,
  wanted?: Wanted,
  memory?: Lent,
): Promise<Uint8Array> {
  const { parts, bodyBytes, offset } = message;
  const head = message.head.slice();
  const pieces =
    parts && wanted ? wantedRanges(bytes, message, parts, wanted, head) : [{ from: 0, to: bodyBytes }];
  const length = pieces.reduce((sum, { from, to }) => sum + to - from, 0);
  room.take(length);
  const pad = (8 - (head.length % 8)) % 8;
  const size = pad + head.length + length;
  const whole = (memory?.take(size) ?? new Uint8Array(size)).subarray(pad);
  whole.set(head);
  let at = head.length;
  // One after another, as in a stream; mostly there are few pieces.
  for (const { from, to } of pieces) {
    await readExactly(bytes, whole.subarray(at, at + to - from), offset + head.length + from);
    at += to - from;
  }
  return whole;
}

/**
 * Counts the memory of a record batch and its dictionaries, compressed and decompressed: the chosen columns are held as a
 * whole. Memory is requested before anything is read or decompressed.
 */
export class Room {
  #used = 0;
  readonly #file: string;
  readonly #allowedBytes: number;

  constructor(file: string, allowedBytes: number) {
    this.#file = file;
    this.#allowedBytes = allowedBytes;
  }
  /** @throws MemoryLimitError */
  take(bytes: number): void {
    this.#used += bytes;
    if (this.#used <= this.#allowedBytes) return;
    // A reader has half of the limit.
    throw new MemoryLimitError(
      `${this.#file}: a record batch`,
      2 * this.#used,
      2 * this.#allowedBytes,
      'read fewer columns, or write it with smaller batches (in pyarrow: chunksize, max_chunksize)',
    );
  }
  /** A copy for one batch, in which the memory that is held for all batches is already counted. */
  again(): Room {
    const room = new Room(this.#file, this.#allowedBytes);
    room.#used = this.#used;
    return room;
  }
}

/** Up to this many entries of a dictionary may have fewer bytes than entries, for example booleans or nulls. */
const FEW_ENTRIES = 1024;

/** Check that a dictionary has no more entries than bytes, since flechette makes a value for each claimed entry. */
export function checkEntries(whole: Uint8Array, message: Message): void {
  const { head, parts, bodyBytes } = message;
  if (!parts) return;
  const view = new DataView(head.buffer);
  let bytes = bodyBytes;
  for (const { length } of packedBuffers(whole, message)) bytes += length;
  for (let i = 0; i < parts.nodes.count; i++) {
    const entries = Number(view.getBigInt64(parts.nodes.at + 16 * i, true));
    if (!(entries >= 0 && entries <= Math.max(FEW_ENTRIES, bytes))) {
      throw new Error(`a dictionary of ${bytes} bytes claims ${entries} entries`);
    }
  }
}

/** The compressed buffers of a body that `readBody` returned. Buffers outside the body are left to flechette. */
export function* packedBuffers(whole: Uint8Array, { head, parts }: Message): Generator<Packed> {
  if (parts?.codec === undefined) return;
  const view = new DataView(whole.buffer, whole.byteOffset, whole.byteLength);
  for (let i = 0; i < parts.buffers.count; i++) {
    const at = parts.buffers.at + 16 * i;
    const from = head.length + Number(view.getBigInt64(at, true));
    const to = from + Number(view.getBigInt64(at + 8, true));
    if (!(from >= head.length && to >= from + 8 && to <= whole.length)) continue;
    const length = Number(view.getBigInt64(from, true));
    // -1: the buffer is not compressed.
    if (length !== -1) yield { codec: parts.codec, data: whole.subarray(from + 8, to), length };
  }
}

/** The ranges of a body that contain the wanted buffers. Changes `head` so that it describes only these. */
function wantedRanges(
  { name, gapBytes = GAP_BYTES, sequential }: Bytes,
  { kind, offset, bodyBytes }: Message,
  { length, nodes, buffers, prefixBytes }: Parts,
  wanted: Wanted,
  head: Uint8Array,
): { from: number; to: number }[] {
  const view = new DataView(head.buffer);
  const write = (at: number, value: number) => view.setBigInt64(at, BigInt(value), true);
  for (let i = 0; i < nodes.count; i++) {
    if (!wanted.nodes.has(i)) head.fill(0, nodes.at + 16 * i, nodes.at + 16 * i + 16);
  }
  const found: { at: number; from: number; to: number }[] = [];
  for (let i = 0; i < buffers.count; i++) {
    const at = buffers.at + 16 * i;
    const from = Number(view.getBigInt64(at, true));
    const to = from + Number(view.getBigInt64(at + 8, true));
    if (!wanted.buffers.has(i) || to === from) {
      head.fill(0, at, at + 16);
      continue;
    }
    if (!(from >= 0 && to > from && to <= bodyBytes)) {
      throw new FormatError(name, 'a buffer lies beyond its record batch', { offset });
    }
    found.push({ at, from, to });
  }
  found.sort((a, b) => a.from - b.from);
  // In a stream all bytes have to be read anyway, so gaps are skipped.
  const gap = sequential ? 0 : gapBytes;
  const pieces: { from: number; to: number }[] = [];
  let base = 0;
  for (const { at, from, to } of found) {
    const begin = Math.floor(from / 8) * 8;
    const end = Math.min(bodyBytes, Math.ceil(to / 8) * 8);
    let last = pieces.at(-1);
    if (!last || begin > last.to + gap) {
      if (last) base += last.to - last.from;
      last = { from: begin, to: begin };
      pieces.push(last);
    }
    last.to = Math.max(last.to, end);
    write(at, base + from - last.from);
  }
  write(
    length,
    pieces.reduce((sum, { from, to }) => sum + to - from, 0),
  );
  try {
    // If damaged vectors overlap, the changes above may have damaged other fields.
    checkVectors(kind, rootOf(view, prefixBytes).table(2)!);
  } catch (cause) {
    throw asFormatError(cause, name, 'an Arrow message', { offset });
  }
  return pieces;
}

interface Layout {
  /** The file format, with a footer; else the stream format. */
  isFile: boolean;
  /** Offset of the schema's message. */
  start: number;
}

export function layoutOf(first: Uint8Array): Layout {
  const isFile = String.fromCharCode(...first.subarray(0, 6)) === 'ARROW1';
  return { isFile, start: isFile ? 8 : 0 };
}
