/**
 * Arrow IPC taken apart: messages with the places of what their metadata say, the blocks of a footer. Metadata are
 * changed in place; bodies and messages also in length, after which lengths and blocks fit again.
 * Format: https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc
 */

import { awkward, joined } from '../mutate.mjs';

const SCHEMA = 1;
const DICTIONARY = 2;
const RECORDS = 3;
const MAGIC = 'ARROW1';
const END = Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0);

/** Flatbuffers, with the place of everything: what is read is noted in `spots`. */
class Table {
  constructor(view, at, spots) {
    this.view = view;
    this.at = at;
    this.spots = spots;
    this.vtable = at - view.getInt32(at, true);
    spots.push({ kind: 'offset', at, size: 4 });
  }
  field(n) {
    const place = this.vtable + 4 + 2 * n;
    if (4 + 2 * n >= this.view.getUint16(this.vtable, true)) return 0;
    this.spots.push({ kind: 'offset', at: place, size: 2 });
    const offset = this.view.getUint16(place, true);
    return offset === 0 ? 0 : this.at + offset;
  }
  scalar(n, size, kind = 'number') {
    const at = this.field(n);
    if (at === 0) return 0;
    this.spots.push({ kind, at, size });
    if (size === 1) return this.view.getUint8(at);
    if (size === 2) return this.view.getInt16(at, true);
    return size === 4 ? this.view.getInt32(at, true) : Number(this.view.getBigInt64(at, true));
  }
  pointer(at) {
    this.spots.push({ kind: 'offset', at, size: 4 });
    return at + this.view.getUint32(at, true);
  }
  table(n) {
    const at = this.field(n);
    return at === 0 ? undefined : new Table(this.view, this.pointer(at), this.spots);
  }
  /** Places of a vector's items. */
  vector(n, size) {
    const at = this.field(n);
    if (at === 0) return [];
    const start = this.pointer(at);
    this.spots.push({ kind: 'count', at: start, size: 4 });
    const count = this.view.getUint32(start, true);
    if (start + 4 + count * size > this.view.byteLength) throw new Error('a vector is cut short');
    return Array.from({ length: count }, (_, i) => start + 4 + i * size);
  }
}

/** A batch: nodes and buffers, each of two numbers. */
function batchOf(table) {
  const { view, spots } = table;
  const rows = table.scalar(0, 8, 'rows');
  const pairs = (n, kinds) =>
    table.vector(n, 16).map((at) => {
      spots.push({ kind: kinds[0], at, size: 8 }, { kind: kinds[1], at: at + 8, size: 8 });
      return [Number(view.getBigInt64(at, true)), Number(view.getBigInt64(at + 8, true))];
    });
  const nodes = pairs(1, ['node', 'nulls']);
  const buffers = pairs(2, ['place', 'length']);
  const compression = table.table(3);
  compression?.scalar(0, 1, 'codec');
  compression?.scalar(1, 1, 'codec');
  return { rows, nodes, buffers, compressed: compression !== undefined };
}

/** A schema's field, and those below it. */
function visitField(table) {
  table.field(0);
  table.scalar(1, 1);
  table.scalar(2, 1, 'type');
  const type = table.table(3);
  for (let n = 0; type && n < 3; n++) {
    if (type.field(n) !== 0) type.spots.push({ kind: 'type', at: type.field(n), size: 2 });
  }
  const dictionary = table.table(4);
  dictionary?.scalar(0, 8);
  dictionary?.table(1)?.scalar(0, 4);
  for (const at of table.vector(5, 4)) visitField(new Table(table.view, table.pointer(at), table.spots));
}

function messageAt(view, at, headBytes) {
  const head = new DataView(view.buffer, view.byteOffset + at, headBytes);
  const spots = [];
  const root = new Table(head, 8 + head.getUint32(8, true), spots);
  root.scalar(0, 2);
  const kind = root.scalar(1, 1, 'type');
  const header = root.table(2);
  const bodyBytes = root.scalar(3, 8, 'body');
  let batch;
  if (kind === RECORDS) batch = batchOf(header);
  else if (kind === DICTIONARY) {
    header.scalar(0, 8);
    header.scalar(2, 1);
    batch = batchOf(header.table(1));
  } else if (kind === SCHEMA) {
    header.scalar(0, 2);
    for (const place of header.vector(1, 4)) visitField(new Table(head, header.pointer(place), spots));
  } else throw new Error(`a message of kind ${kind}`);
  return { kind, spots, batch, bodyBytes };
}

/** @returns {{ isFile, messages, footer }} or undefined where it is not whole enough */
export function takeApart(bytes) {
  try {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const isFile = Buffer.from(bytes.subarray(0, 6)).toString('latin1') === MAGIC;
    const messages = [];
    let at = isFile ? 8 : 0;
    for (;;) {
      if (at === bytes.length && !isFile) break;
      if (view.getInt32(at, true) !== -1) return undefined;
      const length = view.getInt32(at + 4, true);
      if (length === 0) break;
      const message = messageAt(view, at, 8 + length);
      const body = at + 8 + length;
      if (!(message.bodyBytes >= 0 && body + message.bodyBytes <= bytes.length)) return undefined;
      const [head, data] = [bytes.slice(at, body), bytes.slice(body, body + message.bodyBytes)];
      messages.push({ ...message, at, head, data });
      at = body + message.bodyBytes;
    }
    if (!isFile) return { isFile, messages };
    const length = view.getInt32(bytes.length - 10, true);
    const footer = bytes.slice(bytes.length - 10 - length, bytes.length - 10);
    const spots = [];
    const footerView = new DataView(footer.buffer);
    const root = new Table(footerView, footerView.getUint32(0, true), spots);
    root.scalar(0, 2);
    const blocks = [2, 3].flatMap((n) => root.vector(n, 24));
    for (const block of blocks) {
      for (const [step, size] of [
        [0, 8],
        [8, 4],
        [16, 8],
      ]) {
        spots.push({ kind: 'block', at: block + step, size });
      }
    }
    const schema = root.table(1);
    for (const place of schema?.vector(1, 4) ?? []) {
      visitField(new Table(footerView, schema.pointer(place), spots));
    }
    return { isFile, messages, footer: { bytes: footer, spots, blocks } };
  } catch {
    return undefined;
  }
}

function put(bytes, { at, size }, value) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let i = 0; i < size; i++) view.setUint8(at + i, Number((BigInt(value) >> BigInt(8 * i)) & 255n));
}

/** The file, with lengths of bodies and blocks of the footer that fit. */
export function putTogether({ isFile, messages, footer }) {
  const parts = isFile ? [Uint8Array.from('ARROW1\0\0', (c) => c.charCodeAt(0))] : [];
  let at = isFile ? 8 : 0;
  const batches = [];
  for (const { kind, head, data, spots, change } of messages) {
    const length = spots.find((spot) => spot.kind === 'body');
    if (length) put(head, length, data.length);
    const place = { at, head: head.length, body: data.length, kind };
    if (kind !== SCHEMA) batches.push(place);
    change?.(head);
    parts.push(head, data);
    at += head.length + data.length;
  }
  if (!isFile) return joined(...parts, END);
  const bytes = footer.bytes.slice();
  batches.sort((a, b) => a.kind - b.kind);
  for (const [i, block] of footer.blocks.entries()) {
    if (!batches[i]) continue;
    put(bytes, { at: block, size: 8 }, batches[i].at);
    put(bytes, { at: block + 8, size: 4 }, batches[i].head);
    put(bytes, { at: block + 16, size: 8 }, batches[i].body);
  }
  footer.change?.(bytes);
  const tail = new Uint8Array(10);
  put(tail, { at: 0, size: 4 }, bytes.length);
  tail.set(
    Uint8Array.from(MAGIC, (c) => c.charCodeAt(0)),
    4,
  );
  return joined(...parts, END, bytes, tail);
}

const edit = (change) => (bytes, random, context) => {
  const file = takeApart(bytes);
  if (!file || file.messages.length === 0) return bytes;
  change(file, random, context);
  return putTogether(file);
};

/** Another value at a place. */
function changeSpot(bytes, spot, random, total) {
  if (spot.at + spot.size > bytes.length) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let own = 0n;
  for (let i = 0; i < spot.size; i++) own |= BigInt(view.getUint8(spot.at + i)) << BigInt(8 * i);
  const step = BigInt(random.pick([-64, -8, -4, -1, 1, 4, 8, 64]));
  const value = random.pick([own + step, own + step, own * 2n, BigInt(random.below(30)), -1n, undefined]);
  put(bytes, spot, value ?? awkward(random, spot.size, total));
}

/** Something in a message's metadata, of a kind or of any. */
const inMetadata = (kinds) =>
  edit((file, random) => {
    const messages = file.messages.filter(
      ({ spots }) => !kinds || spots.some(({ kind }) => kinds.includes(kind)),
    );
    const message = random.pick(messages);
    if (!message) return;
    const spot = random.pick(message.spots.filter(({ kind }) => !kinds || kinds.includes(kind)));
    message.change = (head) => changeSpot(head, spot, random, message.data.length);
  });

export const ARROW_EDITS = {
  metadata: inMetadata(undefined),
  /** Rows, nodes and counts. */
  rows: inMetadata(['rows', 'node', 'nulls', 'count']),
  /** Where buffers are. */
  buffer: inMetadata(['place', 'length', 'body']),
  codec: inMetadata(['codec', 'length']),
  type: inMetadata(['type', 'number']),
  footer: edit((file, random) => {
    if (!file.footer) return;
    const { bytes, spots } = file.footer;
    const spot = random.pick(spots);
    file.footer.change = (own) => changeSpot(own, spot, random, bytes.length);
  }),
  /** Bytes of a body. */
  body: edit((file, random, { common }) => {
    const message = random.pick(file.messages.filter(({ data }) => data.length > 0));
    if (!message) return;
    const name = random.pick(['flip', 'byte', 'number', 'step', 'zero', 'truncate', 'extend']);
    message.data = common[name](message.data, random);
  }),
  /** The beginning of a buffer: of a compressed one its length and its frame, of a list the offsets. */
  front: edit((file, random, { common }) => {
    const message = random.pick(file.messages.filter(({ batch }) => batch?.buffers.length > 0));
    if (!message) return;
    const [from, length] = random.pick(message.batch.buffers);
    const end = Math.min(message.data.length, from + Math.min(length, 24));
    if (!(from >= 0 && end > from)) return;
    const part = common[random.pick(['flip', 'byte', 'number', 'step'])](
      message.data.slice(from, end),
      random,
    );
    message.data = message.data.slice();
    message.data.set(part.subarray(0, end - from), from);
  }),
  /** A message less, twice, or in another's place. */
  messages: edit((file, random) => {
    const { messages } = file;
    const i = random.below(messages.length);
    const kind = random.below(3);
    const twin = structuredClone({ ...messages[i], change: undefined });
    if (kind === 0) messages.splice(i, 1);
    else if (kind === 1) messages.splice(i, 0, twin);
    else {
      const j = random.below(messages.length);
      [messages[i], messages[j]] = [messages[j], messages[i]];
    }
  }),
};

/** Why a file that was read should not have been: what its structure says against it. */
export function wrongInside(bytes, result) {
  const file = takeApart(bytes);
  if (!file) return undefined;
  const batches = file.messages.filter(({ kind }) => kind === RECORDS);
  const rows = batches.reduce((sum, { batch }) => sum + batch.rows, 0);
  if (rows !== result.rows) return `${result.rows} rows of ${rows} in record batches`;
  if (!file.footer) return undefined;
  const { blocks } = file.footer;
  const count = file.messages.filter(({ kind }) => kind !== SCHEMA).length;
  return blocks.length === count ? undefined : `${blocks.length} blocks for ${count} batches`;
}
