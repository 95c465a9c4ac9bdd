/**
 * The footer of an Arrow file: where its batches are, and its schema once more. Some writers (apache-arrow's of
 * JavaScript) put the schema there alone.
 * Format: https://arrow.apache.org/docs/format/Columnar.html#ipc-file-format
 */

import { FormatError } from '../../errors.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { decoding } from '../bytes/library-errors.ts';
import { several } from '../chunks/rows.ts';
import {
  checkEndianness,
  checkVectors,
  DICTIONARY,
  MAX_METADATA_BYTES,
  type Message,
  RECORDS,
  readMessage,
  rootOf,
  SCHEMA,
} from './messages.ts';

const MAGIC = 'ARROW1';
/** Length and magic behind the footer. */
const TAIL_BYTES = 10;
/** Blocks are aligned to 64 bytes at most, and an end of stream has 8. */
const MOST_GAP_BYTES = 72;

/** Where a message lies, as the footer has it. */
interface Block {
  kind: number;
  offset: number;
  metadataBytes: number;
  bodyBytes: number;
}

export interface Footer {
  /** Where it begins in the file. */
  offset: number;
  /** Sorted by their place. */
  blocks: Block[];
  /** Its schema, as a message. */
  schema: Uint8Array;
}

/** A message around a schema that stands in a footer; the schema's offsets are relative and stay. */
function schemaMessage(footer: Uint8Array, at: number, version: number): Uint8Array {
  // A marker and a length; where the table is, its vtable and itself; the footer.
  const before = 32;
  const length = Math.ceil((before + footer.length) / 8) * 8;
  const out = new Uint8Array(8 + length);
  const view = new DataView(out.buffer, 8);
  new DataView(out.buffer).setInt32(0, -1, true);
  new DataView(out.buffer).setInt32(4, length, true);
  const table = 16;
  view.setUint32(0, table, true);
  // The vtable: its size, the table's, and places of version, kind and header in that.
  for (const [i, value] of [10, 12, 8, 10, 4].entries()) view.setUint16(4 + 2 * i, value, true);
  view.setInt32(table, table - 4, true);
  view.setUint32(table + 4, before + at - (table + 4), true);
  view.setInt16(table + 8, version, true);
  view.setUint8(table + 10, SCHEMA);
  out.set(footer, 8 + before);
  return out;
}

/** @param bytes the footer; `offset` is where it begins */
function parseFooter(name: string, bytes: Uint8Array, offset: number): Footer {
  return decoding(name, 'its footer', { offset }, () => {
    const footer = bytes.slice();
    const view = new DataView(footer.buffer);
    const root = rootOf(view, 0);
    const schema = root.table(1);
    if (!schema) throw new Error('it has no schema');
    checkVectors(SCHEMA, schema);
    checkEndianness(name, schema);
    const blocksOf = (field: number, kind: number): Block[] =>
      root.vector(field, 24).map((at) => ({
        kind,
        offset: Number(view.getBigInt64(at, true)),
        metadataBytes: view.getInt32(at + 8, true),
        bodyBytes: Number(view.getBigInt64(at + 16, true)),
      }));
    const blocks = [...blocksOf(2, DICTIONARY), ...blocksOf(3, RECORDS)];
    if (blocks.some((block) => !(block.offset >= 8 && block.offset < offset))) {
      throw new Error('a block lies beyond its end');
    }
    blocks.sort((a, b) => a.offset - b.offset);
    return { offset, blocks, schema: schemaMessage(footer, schema.at, root.short(0)) };
  });
}

function cutShort({ name }: Bytes, offset: number): FormatError {
  return new FormatError(name, `does not end as an Arrow file does (${MAGIC}); it was cut short`, { offset });
}

/** The footer of a file with random access. */
export async function readFooter(bytes: Bytes): Promise<Footer> {
  const { byteLength, name } = bytes;
  const begin = Math.max(0, byteLength - TAIL_BYTES);
  const tail = byteLength < 18 ? new Uint8Array(TAIL_BYTES) : await bytes.slice(begin, byteLength);
  if (String.fromCharCode(...tail.subarray(4)) !== MAGIC) throw cutShort(bytes, Math.max(0, byteLength - 6));
  const length = new DataView(tail.buffer, tail.byteOffset).getInt32(0, true);
  const offset = begin - length;
  if (length < 4 || length > MAX_METADATA_BYTES || offset < 8) {
    throw new FormatError(name, `claims ${length} bytes of footer, which cannot be`, { offset: begin });
  }
  return parseFooter(name, await bytes.slice(offset, begin), offset);
}

/** The footer of a file that comes as a stream, from behind its last message to its end. */
export async function readFooterAt(bytes: Bytes, from: number): Promise<Footer> {
  let room = new Uint8Array(4096);
  let filled = 0;
  for (;;) {
    const got = await bytes.readInto(room.subarray(filled), from + filled);
    filled += got;
    if (filled < room.length) break;
    if (filled > MAX_METADATA_BYTES) throw cutShort(bytes, from + filled);
    const larger = new Uint8Array(2 * filled);
    larger.set(room);
    room = larger;
  }
  const end = filled - TAIL_BYTES;
  if (end < 0 || String.fromCharCode(...room.subarray(end + 4, filled)) !== MAGIC) {
    throw cutShort(bytes, from + filled);
  }
  const length = new DataView(room.buffer).getInt32(end, true);
  const begin = end - length;
  if (length < 4 || begin < 0 || begin > MOST_GAP_BYTES) {
    throw new FormatError(bytes.name, `claims ${length} bytes of footer, which cannot be`, {
      offset: from + end,
    });
  }
  return parseFooter(bytes.name, room.subarray(begin, end), from + begin);
}

/** Of a message: what a block says of it. */
export type Placed = Pick<Message, 'kind' | 'offset' | 'bodyBytes'> & { metadataBytes: number };

export function placed({ kind, offset, head, bodyBytes }: Message): Placed {
  return { kind, offset, bodyBytes, metadataBytes: head.length };
}

/** Whether the footer's blocks are the messages, from `start` to the footer without a gap. */
export function checkBlocks(
  name: string,
  { blocks, offset: end }: Footer,
  messages: readonly Placed[],
  start: number,
): void {
  const fail = (problem: string, offset: number): never => {
    throw new FormatError(name, `its footer does not fit its batches: ${problem}`, { offset });
  };
  if (messages.length !== blocks.length) {
    fail(`it lists ${blocks.length} batches, and there are ${messages.length}`, end);
  }
  let at = start;
  for (const [i, { kind, offset, metadataBytes, bodyBytes }] of messages.entries()) {
    const block = blocks[i];
    // Some count the 8 bytes before the metadata, some do not.
    const metadata = metadataBytes - block.metadataBytes;
    if (
      block.kind !== kind ||
      block.offset !== offset ||
      block.bodyBytes !== bodyBytes ||
      metadata < 0 ||
      metadata > 8
    ) {
      fail(`batch ${i} is not what it says`, offset);
    }
    if (offset < at || offset - at > MOST_GAP_BYTES)
      fail(`batch ${i} begins ${offset - at} bytes behind what is before it`, offset);
    at = offset + metadataBytes + bodyBytes;
  }
  if (end < at || end - at > MOST_GAP_BYTES) fail(`it begins ${end - at} bytes behind the last of them`, end);
}

/** All messages that a footer lists. */
export async function readBlocks(bytes: Bytes, footer: Footer, start: number): Promise<Message[]> {
  const { blocks } = footer;
  const found = new Array<Message>(blocks.length);
  await several(blocks.length, async (i) => {
    const message = await readMessage(bytes, blocks[i].offset);
    if (!message) throw new FormatError(bytes.name, 'its footer is damaged', { offset: blocks[i].offset });
    found[i] = message;
  });
  checkBlocks(bytes.name, footer, found.map(placed), start);
  return found;
}
