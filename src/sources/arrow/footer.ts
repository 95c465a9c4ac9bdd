/**
 * The footer of an Arrow file: the positions of its batches, and a second copy of its schema. Some writers (apache-arrow
 * for JavaScript) write the schema only there.
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
/** Bytes of the length and the magic after the footer. */
const TAIL_BYTES = 10;
/** Blocks are aligned to at most 64 bytes, and an end-of-stream marker has 8. */
const MOST_GAP_BYTES = 72;

/** Position of a message, as stored in the footer. */
interface Block {
  kind: number;
  offset: number;
  metadataBytes: number;
  bodyBytes: number;
}

interface Footer {
  /** Its offset in the file. */
  offset: number;
  /** Sorted by offset. */
  blocks: Block[];
  /** Its schema, as a message. */
  schema: Uint8Array;
}

/** Make a schema message from the schema in a footer. The offsets in the schema are relative, so they stay valid. */
function schemaMessage(footer: Uint8Array, at: number, version: number): Uint8Array {
  // First the marker and the length; then the offset of the table, its vtable and the table; then the footer.
  const before = 32;
  const length = Math.ceil((before + footer.length) / 8) * 8;
  const out = new Uint8Array(8 + length);
  const view = new DataView(out.buffer, 8);
  new DataView(out.buffer).setInt32(0, -1, true);
  new DataView(out.buffer).setInt32(4, length, true);
  const table = 16;
  view.setUint32(0, table, true);
  // The vtable: its size, the size of the table, and the positions of version, kind and header in the table.
  for (const [i, value] of [10, 12, 8, 10, 4].entries()) view.setUint16(4 + 2 * i, value, true);
  view.setInt32(table, table - 4, true);
  view.setUint32(table + 4, before + at - (table + 4), true);
  view.setInt16(table + 8, version, true);
  view.setUint8(table + 10, SCHEMA);
  out.set(footer, 8 + before);
  return out;
}

/** @param bytes the footer; `offset` is its offset in the file */
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

/** Read the footer of a file with random access. */
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

/** Read the footer of a file that comes as a stream. `from` is the end of its last message. */
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

/** The properties of a message that a block of the footer describes. */
export type Placed = Pick<Message, 'kind' | 'offset' | 'bodyBytes'> & { metadataBytes: number };

export function placed({ kind, offset, head, bodyBytes }: Message): Placed {
  return { kind, offset, bodyBytes, metadataBytes: head.length };
}

/** Check that the blocks of the footer are the messages, and that these leave no gap between `start` and the footer. */
export function checkBlocks(
  name: string,
  { blocks, offset: end }: Footer,
  messages: readonly Placed[],
  start: number,
): void {
  const fail = (problem: string, offset: number): never => {
    throw new FormatError(name, `its footer does not match its batches: ${problem}`, { offset });
  };
  if (messages.length !== blocks.length) {
    fail(`it lists ${blocks.length} batches, and there are ${messages.length}`, end);
  }
  let at = start;
  for (const [i, { kind, offset, metadataBytes, bodyBytes }] of messages.entries()) {
    const block = blocks[i];
    // Some writers count the 8 bytes before the metadata, some do not.
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

/** Read all messages that a footer lists. */
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
