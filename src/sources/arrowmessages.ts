/**
 * The messages of an Arrow file or stream: where each lies, what it is, how many rows it has; without their data.
 * What is in them is flechette's business (`arrow.ts`); this only reads the few fields that frame them.
 * Format: https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc
 */

import { FormatError, formatBytes } from '../errors.ts';
import { type Bytes, readExactly } from './bytes.ts';

export const SCHEMA = 1;
export const DICTIONARY = 2;
export const RECORDS = 3;

const MAX_METADATA_BYTES = 64 * 2 ** 20;
/** A record batch is held as a whole. */
const MAX_BODY_BYTES = 2 ** 30;

/** One message. */
export interface Message {
  kind: number;
  /** Offset of its length prefix. */
  offset: number;
  /** Prefix and metadata. */
  head: Uint8Array;
  bodyBytes: number;
  /** Rows of a record batch. */
  rows: number;
}

/** Flatbuffers, as far as needed: fields of a table, by their number in the schema. */
class Table {
  private readonly vtable: number;
  constructor(
    private readonly view: DataView,
    private readonly at: number,
  ) {
    this.vtable = at - view.getInt32(at, true);
  }
  /** Offset of a field's value; 0 when it is left out. */
  field(n: number): number {
    const place = 4 + 2 * n;
    if (place >= this.view.getUint16(this.vtable, true)) return 0;
    const offset = this.view.getUint16(this.vtable + place, true);
    return offset === 0 ? 0 : this.at + offset;
  }
  byte(n: number): number {
    const at = this.field(n);
    return at === 0 ? 0 : this.view.getUint8(at);
  }
  long(n: number): number {
    const at = this.field(n);
    return at === 0 ? 0 : Number(this.view.getBigInt64(at, true));
  }
  table(n: number): Table | undefined {
    const at = this.field(n);
    return at === 0 ? undefined : new Table(this.view, at + this.view.getUint32(at, true));
  }
  /** The table that the offset at `at` leads to. */
  pointer(at: number): Table {
    return new Table(this.view, at + this.view.getUint32(at, true));
  }
  /** Offsets of a vector's items of `size` bytes each. */
  vector(n: number, size: number): number[] {
    const at = this.field(n);
    if (at === 0) return [];
    const start = at + this.view.getUint32(at, true);
    const count = this.view.getUint32(start, true);
    if (start + 4 + count * size > this.view.byteLength) throw new RangeError('a vector is cut short');
    return Array.from({ length: count }, (_, i) => start + 4 + i * size);
  }
}

const MAX_FIELDS = 1_000_000;
const MAX_DEPTH = 32;
const UNION = 14;

/**
 * Check that every vector lies within the metadata: a damaged length would otherwise have the library make billions
 * of objects before it notices.
 */
function checkVectors(kind: number, header: Table): void {
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
  batch?.vector(1, 16);
  batch?.vector(2, 16);
  batch?.vector(4, 8);
}

function rootOf(view: DataView, at: number): Table {
  return new Table(view, at + view.getUint32(at, true));
}

/**
 * The message at an offset; undefined at the end of the stream. Reads forward only.
 *
 * Errors: `FormatError` when it is cut short or damaged.
 */
export async function readMessage(bytes: Bytes, offset: number): Promise<Message | undefined> {
  const { name } = bytes;
  const cut = (at: number) => new FormatError(name, 'ends within an Arrow message', { offset: at });
  const prefix = new Uint8Array(8);
  // Before version 0.15 there was no marker in front of the length.
  const got = await bytes.readInto(prefix.subarray(0, 4), offset);
  if (got === 0) return undefined;
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
  if (length === 0) return undefined;
  if (length < 0 || length > MAX_METADATA_BYTES || offset + prefixBytes + length > bytes.byteLength) {
    throw new FormatError(name, `an Arrow message claims ${length} bytes of metadata`, { offset });
  }
  const head = new Uint8Array(prefixBytes + length);
  head.set(prefix.subarray(0, prefixBytes));
  await readExactly(bytes, head.subarray(prefixBytes), offset + prefixBytes);
  let message: Message;
  try {
    const root = rootOf(new DataView(head.buffer), prefixBytes);
    const kind = root.byte(1);
    const header = root.table(2);
    if (!header) throw new RangeError('its header is missing');
    checkVectors(kind, header);
    const rows = kind === RECORDS ? header.long(0) : 0;
    message = { kind, offset, head, bodyBytes: root.long(3), rows };
  } catch (cause) {
    throw new FormatError(name, 'an Arrow message is damaged', { offset, cause });
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
  if (bodyBytes > MAX_BODY_BYTES) {
    throw new FormatError(
      name,
      `has a record batch of ${formatBytes(bodyBytes)}; allowed are ${formatBytes(MAX_BODY_BYTES)}: write it with ` +
        'smaller batches (in pyarrow: chunksize, max_chunksize)',
      { offset },
    );
  }
  return message;
}

/** The whole message, its body at a multiple of 8 bytes, as the views of what is in it need. */
export async function readBody(bytes: Bytes, { head, offset, bodyBytes }: Message): Promise<Uint8Array> {
  const pad = (8 - (head.length % 8)) % 8;
  const whole = new Uint8Array(pad + head.length + bodyBytes).subarray(pad);
  whole.set(head);
  await readExactly(bytes, whole.subarray(head.length), offset + head.length);
  return whole;
}

export interface Layout {
  /** The file format, with a footer; else the stream format. */
  isFile: boolean;
  /** Offset of the schema's message. */
  start: number;
}

export function layoutOf(first: Uint8Array): Layout {
  const isFile = String.fromCharCode(...first.subarray(0, 6)) === 'ARROW1';
  return { isFile, start: isFile ? 8 : 0 };
}

/** Offsets of the messages that a file's footer lists, in their order in the file. */
export async function readFooter(bytes: Bytes): Promise<number[]> {
  const { byteLength, name } = bytes;
  const tail = byteLength < 18 ? new Uint8Array(10) : await bytes.slice(byteLength - 10, byteLength);
  if (String.fromCharCode(...tail.subarray(4)) !== 'ARROW1') {
    throw new FormatError(name, 'does not end as an Arrow file does (ARROW1); it was cut short', {
      offset: Math.max(0, byteLength - 6),
    });
  }
  const length = new DataView(tail.buffer, tail.byteOffset).getInt32(0, true);
  const offset = byteLength - 10 - length;
  if (length < 4 || length > MAX_METADATA_BYTES || offset < 8) {
    throw new FormatError(name, `claims ${length} bytes of footer, which cannot be`, {
      offset: byteLength - 10,
    });
  }
  const footer = (await bytes.slice(offset, offset + length)).slice();
  try {
    const view = new DataView(footer.buffer);
    const root = rootOf(view, 0);
    const blocks = [...root.vector(2, 24), ...root.vector(3, 24)];
    const offsets = blocks.map((at) => Number(view.getBigInt64(at, true)));
    if (offsets.some((at) => at < 8 || at >= offset)) throw new RangeError('a block lies beyond the end');
    return offsets.sort((a, b) => a - b);
  } catch (cause) {
    throw new FormatError(name, 'its footer is damaged', { offset, cause });
  }
}
