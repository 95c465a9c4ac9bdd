/**
 * A Parquet file taken apart and put together again: its footer and page headers as trees, its pages as bytes. What is
 * written has places, sizes and checksums that fit, so that damage in it is met by what reads pages and not before.
 * Format: https://parquet.apache.org/docs/file-format/
 */

import { joined } from '../mutate.mjs';
import { crc32 } from './crc32.mjs';
import {
  changeStruct,
  FALSE,
  fieldOf,
  I32,
  I64,
  numberOf,
  readStruct,
  STRUCT,
  setNumber,
  TRUE,
  writeStruct,
} from './thrift.mjs';

// Fields by their numbers in parquet.thrift.
const SCHEMA = 2;
const ROWS = 3;
const GROUPS = 4;
const GROUP = { columns: 1, rows: 3 };
const META = 3;
const COLUMN = { path: 3, codec: 4, values: 5, unpacked: 6, packed: 7, data: 9, index: 10, dictionary: 11 };
/** Of a column, where its page indexes are. */
const INDEXES = [4, 5, 6, 7];
const PAGE = { type: 1, unpacked: 2, packed: 3, crc: 4, data: 5, dictionary: 7, second: 8 };

const magic = Uint8Array.from('PAR1', (c) => c.charCodeAt(0));

/** @returns {{ footer, chunks } | undefined} undefined where it is not whole enough */
export function takeApart(bytes) {
  try {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const begin = bytes.length - 8 - view.getUint32(bytes.length - 8, true);
    const { value: footer } = readStruct(bytes, begin);
    const chunks = [];
    for (const group of fieldOf(footer, GROUPS).value.items) {
      for (const column of fieldOf(group, GROUP.columns).value.items) {
        const meta = fieldOf(column, META).value;
        if (!Array.isArray(meta)) return undefined;
        const start = numberOf(meta, COLUMN.dictionary) || numberOf(meta, COLUMN.data);
        const end = start + numberOf(meta, COLUMN.packed);
        const pages = [];
        for (let at = start; at < end; ) {
          const { value: header, end: body } = readStruct(bytes, at);
          const size = numberOf(header, PAGE.packed);
          if (!(size >= 0 && body + size <= end)) return undefined;
          pages.push({ header, data: bytes.slice(body, body + size) });
          at = body + size;
        }
        chunks.push({ group, column, meta, pages });
      }
    }
    return { footer, chunks };
  } catch {
    return undefined;
  }
}

/** @returns {Uint8Array} the file with places, sizes and checksums that fit */
export function putTogether({ footer, chunks }) {
  const parts = [magic];
  let at = magic.length;
  for (const { column, meta, pages } of chunks) {
    const start = at;
    let data;
    let dictionary;
    for (const { header, data: body, change } of pages) {
      setNumber(header, PAGE.packed, I32, body.length);
      if (fieldOf(header, PAGE.crc)) setNumber(header, PAGE.crc, I32, crc32(body) | 0);
      change?.(header);
      if (fieldOf(header, PAGE.dictionary)) dictionary ??= at;
      else data ??= at;
      const head = writeStruct(header);
      parts.push(head, body);
      at += head.length + body.length;
    }
    setNumber(meta, COLUMN.packed, I64, at - start);
    setNumber(meta, COLUMN.data, I64, data ?? start);
    if (dictionary !== undefined) setNumber(meta, COLUMN.dictionary, I64, dictionary);
    else remove(meta, COLUMN.dictionary);
    // The indexes are left out: they are of the file as it was.
    for (const id of INDEXES) remove(column, id);
  }
  return { parts, finish: () => finish(parts, footer) };
}

function finish(parts, footer) {
  const bytes = writeStruct(footer);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.length, true);
  return joined(...parts, bytes, length, magic);
}

function remove(fields, id) {
  const at = fields.findIndex((field) => field.id === id);
  if (at >= 0) fields.splice(at, 1);
}

/** The same file with a checksum in every page. */
export function withChecksums(bytes) {
  const file = takeApart(bytes);
  for (const { pages } of file.chunks) {
    for (const { header } of pages) setNumber(header, PAGE.crc, I32, 0);
  }
  return putTogether(file).finish();
}

/** Change a file that was taken apart; others are left as they are. */
const edit = (change) => (bytes, random, context) => {
  const file = takeApart(bytes);
  if (!file || file.chunks.length === 0) return bytes;
  return change(file, random, context, bytes.length) ?? putTogether(file).finish();
};

/** A page, with its chunk. */
function somePage({ chunks }, random) {
  const chunk = random.pick(chunks);
  return { ...chunk, i: random.below(chunk.pages.length), page: random.pick(chunk.pages) };
}

export const PARQUET_EDITS = {
  /** Anything in the footer, which is then as long as it says. */
  footer: edit((file, random, _, total) => {
    const { finish: write } = putTogether(file);
    changeStruct(file.footer, random, total);
    return write();
  }),
  /** A number that the columns or rows are read by. */
  place: edit((file, random, _, total) => {
    const { finish: write } = putTogether(file);
    const { meta, group } = random.pick(file.chunks);
    const [fields, id] = random.pick([
      ...Object.values(COLUMN).flatMap((one) => (one === COLUMN.path ? [] : [[meta, one]])),
      [group, GROUP.rows],
      [file.footer, ROWS],
    ]);
    const own = numberOf(fields, id) ?? 0;
    const value = random.pick([0, 4, own + random.between(-3, 3), own * 2, total, 2 ** 31, -1, 2 ** 53]);
    setNumber(fields, id, id === COLUMN.codec && fields === meta ? I32 : I64, Math.trunc(value));
    return write();
  }),
  /** Anything in a page's header. */
  header: edit((file, random, _, total) => {
    const { page } = somePage(file, random);
    if (page) page.change = (header) => changeStruct(header, random, total);
  }),
  /** A number in a page's header: values, rows, nulls, encodings, lengths of levels. */
  count: edit((file, random) => {
    const { page } = somePage(file, random);
    if (!page) return;
    page.change = (header) => {
      const own = [PAGE.data, PAGE.second, PAGE.dictionary].map((id) => fieldOf(header, id)).find(Boolean);
      const fields = own?.type === STRUCT && !random.oneIn(4) ? own.value : header;
      const field = random.pick(fields);
      if (typeof field?.value === 'bigint') {
        const values = [0n, 1n, -1n, 2n ** 31n - 1n, BigInt(random.below(10))];
        field.value = random.oneIn(2) ? random.pick(values) : field.value + BigInt(random.between(-3, 3));
      } else if (field?.type <= FALSE) field.type = field.type === TRUE ? FALSE : TRUE;
    };
  }),
  /** Bytes of a page, under a checksum that fits. */
  body: edit((file, random, { common }) => {
    const { page } = somePage(file, random);
    if (!page || page.data.length === 0) return;
    page.data = common[
      random.pick(['flip', 'byte', 'byte', 'number', 'step', 'truncate', 'extend', 'remove'])
    ](page.data, random);
    if (page.data.length !== numberOf(page.header, PAGE.packed) && random.oneIn(2)) {
      setNumber(page.header, PAGE.unpacked, I32, page.data.length);
    }
  }),
  /** The levels and the beginning of the values, where the runs are. */
  front: edit((file, random, { common }) => {
    const { page } = somePage(file, random);
    if (!page || page.data.length === 0) return;
    const front = page.data.slice(0, 12);
    page.data = joined(
      common[random.pick(['flip', 'byte', 'step', 'number'])](front, random),
      page.data.slice(12),
    );
  }),
  /** A page less, twice, or in another's place. */
  pages: edit((file, random) => {
    const { pages, i, page } = somePage(file, random);
    if (!page) return;
    const kind = random.below(3);
    if (kind === 0) pages.splice(i, 1);
    else if (kind === 1) pages.splice(i, 0, structuredClone(page));
    else pages.push(structuredClone(random.pick(random.pick(file.chunks).pages) ?? page));
  }),
  /** Columns change places. */
  chunks: edit((file, random) => {
    const [a, b] = [random.pick(file.chunks), random.pick(file.chunks)];
    [a.pages, b.pages] = [b.pages, a.pages];
  }),
};

/** Why a file whose columns were read should not have been: what its structure says against it. */
export function wrongInside(bytes, result, { columns, idColumn }) {
  const file = takeApart(bytes);
  if (!file) return undefined;
  const rows = fieldOf(file.footer, GROUPS).value.items.reduce(
    (sum, group) => sum + (numberOf(group, GROUP.rows) ?? 0),
    0,
  );
  if (result.rows !== rows || rows !== numberOf(file.footer, ROWS)) {
    return `${result.rows} rows of ${rows} in row groups and ${numberOf(file.footer, ROWS)} in all`;
  }
  const flat = fieldOf(file.footer, SCHEMA).value.items.every((one) => numberOf(one, 3) !== 2);
  const decoder = new TextDecoder();
  for (const { group, meta, pages } of file.chunks) {
    const path = fieldOf(meta, COLUMN.path)
      .value.items.map((one) => decoder.decode(one))
      .join('.');
    if (columns && path !== idColumn && !columns.includes(path)) continue;
    let values = 0;
    for (const { header, data } of pages) {
      const crc = numberOf(header, PAGE.crc);
      if (crc !== undefined && crc >>> 0 !== crc32(data)) return 'a page does not have its checksum';
      const own = fieldOf(header, PAGE.data) ?? fieldOf(header, PAGE.second);
      values += own ? (numberOf(own.value, 1) ?? 0) : 0;
    }
    const most = numberOf(group, GROUP.rows);
    if (flat && values !== most) return `a column's pages have ${values} values, its row group ${most} rows`;
  }
  return undefined;
}
