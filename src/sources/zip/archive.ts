/**
 * The directory of a zip archive, with zip64. Only the directory is read here; entry.ts reads the files.
 * Format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */

import { FormatError, MemoryLimitError } from '../../errors.ts';
import { type Bytes, readExactly } from '../bytes/bytes.ts';
import { type LimitOptions, readerRoom } from '../bytes/limits.ts';

const LOCAL_HEADER = 0x04034b50;
const DIRECTORY_ENTRY = 0x02014b50;
const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;

const END_BYTES = 22;
const LOCATOR_BYTES = 20;
const MOST_COMMENT_BYTES = 0xffff;
/** Bytes of memory for each byte of the directory: its text, and an object for each entry. */
const DIRECTORY_SHARE = 8;

/** A file in an archive, as the directory describes it. */
export interface ZipEntry {
  name: string;
  flags: number;
  /** 0 for stored, 8 for deflate. */
  method: number;
  crc: number;
  packedBytes: number;
  byteLength: number;
  /** Offset of the header before its bytes. */
  headerOffset: number;
}

/** An open archive. */
export interface ZipArchive {
  file: Bytes;
  entries: readonly ZipEntry[];
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A number of 8 bytes; Infinity if it is not exact as a float64, which is more than any file has. */
function u64(data: DataView, at: number): number {
  const value = Number(data.getBigUint64(at, true));
  return Number.isSafeInteger(value) ? value : Number.POSITIVE_INFINITY;
}

/** Names are UTF-8 if a flag says so. Others are ASCII in practice; each byte becomes a letter. */
function decodeName(bytes: Uint8Array, flags: number): string {
  if (flags & 0x800) return new TextDecoder().decode(bytes);
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** Where the directory is, and how many entries it has. */
interface End {
  count: number;
  byteLength: number;
  offset: number;
  /** Offset of the record that says so, before which the directory must end. */
  at: number;
}

async function findEnd(file: Bytes): Promise<End> {
  const { byteLength, name } = file;
  const from = Math.max(0, byteLength - END_BYTES - MOST_COMMENT_BYTES);
  const tail = await file.slice(from, byteLength);
  const data = view(tail);
  let at = tail.length - END_BYTES;
  // A comment may follow. It has to reach the end of the file, so bytes of the comment are not taken for the record.
  while (
    at >= 0 &&
    !(data.getUint32(at, true) === END && at + END_BYTES + data.getUint16(at + 20, true) === tail.length)
  ) {
    at--;
  }
  if (at < 0) {
    throw new FormatError(name, 'has no zip directory at its end: it was cut short, or is no zip archive', {
      offset: byteLength,
    });
  }
  if (data.getUint16(at + 4, true) !== data.getUint16(at + 6, true)) {
    throw new FormatError(name, 'is one part of a zip archive in several files', { offset: from + at });
  }
  const end = {
    count: data.getUint16(at + 10, true),
    byteLength: data.getUint32(at + 12, true),
    offset: data.getUint32(at + 16, true),
    at: from + at,
  };
  const locator = end.at - LOCATOR_BYTES;
  if (locator < 0) return end;
  const place = view(await file.slice(locator, end.at));
  if (place.byteLength < LOCATOR_BYTES || place.getUint32(0, true) !== LOCATOR_64) return end;
  const offset = u64(place, 8);
  const damaged = () => new FormatError(name, 'the zip64 record of its end is damaged', { offset: locator });
  if (offset + 56 > locator) throw damaged();
  const wide = new Uint8Array(56);
  await readExactly(file, wide, offset);
  const record = view(wide);
  if (record.getUint32(0, true) !== END_64) throw damaged();
  return { count: u64(record, 32), byteLength: u64(record, 40), offset: u64(record, 48), at: offset };
}

/** Sizes and offset that do not fit in 32 bits stand in an extra field, in this order, each only if needed. */
function widen(extra: DataView, entry: ZipEntry): boolean {
  const wanted = (['byteLength', 'packedBytes', 'headerOffset'] as const).filter(
    (key) => entry[key] === 0xffffffff,
  );
  if (wanted.length === 0) return true;
  for (let at = 0; at + 4 <= extra.byteLength; ) {
    const end = at + 4 + extra.getUint16(at + 2, true);
    if (end > extra.byteLength) return false;
    if (extra.getUint16(at, true) === 1) {
      at += 4;
      for (const key of wanted) {
        if (at + 8 > end) return false;
        entry[key] = u64(extra, at);
        at += 8;
      }
      return true;
    }
    at = end;
  }
  // Without the field the numbers are what they are.
  return true;
}

/**
 * Read the directory of an archive.
 *
 * Memory: the directory, which must fit in the memory that a reader may use.
 * Errors: `FormatError` with the byte offset if the archive is cut short or its directory is damaged.
 */
export async function openArchive(file: Bytes, options: LimitOptions): Promise<ZipArchive> {
  const release = file.hold();
  try {
    const { name } = file;
    const { count, byteLength, offset, at: stop } = await findEnd(file);
    if (offset + byteLength !== stop) {
      throw new FormatError(
        name,
        `its zip directory of ${byteLength} bytes at byte ${offset} does not end at byte ${stop}, where it must; the file is damaged`,
        { offset: stop },
      );
    }
    const most = readerRoom(options) / DIRECTORY_SHARE;
    if (byteLength > most) {
      const needed = 2 * DIRECTORY_SHARE * byteLength;
      throw new MemoryLimitError(
        `${name}: its zip directory`,
        needed,
        2 * readerRoom(options),
        'unpack it first',
      );
    }
    const bytes = new Uint8Array(byteLength);
    await readExactly(file, bytes, offset);
    const data = view(bytes);
    const entries: ZipEntry[] = [];
    let at = 0;
    const damaged = () =>
      new FormatError(name, 'its zip directory is damaged', { offset: offset + Math.min(at, byteLength) });
    while (at < byteLength) {
      if (at + 46 > byteLength || data.getUint32(at, true) !== DIRECTORY_ENTRY) throw damaged();
      const nameEnd = at + 46 + data.getUint16(at + 28, true);
      const extraEnd = nameEnd + data.getUint16(at + 30, true);
      const next = extraEnd + data.getUint16(at + 32, true);
      if (next > byteLength) throw damaged();
      const flags = data.getUint16(at + 8, true);
      const entry: ZipEntry = {
        name: decodeName(bytes.subarray(at + 46, nameEnd), flags),
        flags,
        method: data.getUint16(at + 10, true),
        crc: data.getUint32(at + 16, true),
        packedBytes: data.getUint32(at + 20, true),
        byteLength: data.getUint32(at + 24, true),
        headerOffset: data.getUint32(at + 42, true),
      };
      const whole = widen(view(bytes.subarray(nameEnd, extraEnd)), entry);
      if (!whole || entry.headerOffset + 30 + entry.packedBytes > offset) throw damaged();
      entries.push(entry);
      at = next;
    }
    if (entries.length !== count) {
      throw new FormatError(
        name,
        `its zip directory has ${entries.length} files where ${count} were announced`,
        {
          offset,
        },
      );
    }
    return { file, entries };
  } finally {
    await release();
  }
}

const METHODS: Record<number, string> = {
  1: 'shrink',
  6: 'implode',
  9: 'Deflate64',
  12: 'bzip2',
  14: 'LZMA',
  93: 'Zstandard',
  95: 'XZ',
};

/** Where the bytes of an entry begin. @throws FormatError if they cannot be read */
export async function dataOffset({ file, entries }: ZipArchive, entry: ZipEntry): Promise<number> {
  const { headerOffset, packedBytes, method, flags } = entry;
  const offset = headerOffset;
  const what = JSON.stringify(entry.name.slice(0, 80));
  if (flags & 1) throw new FormatError(file.name, `${what} in it is encrypted; unpack it first`, { offset });
  if (method !== 0 && method !== 8) {
    const how = METHODS[method] ?? `method ${method}`;
    throw new FormatError(
      file.name,
      `${what} in it is compressed with ${how}; allowed are stored and deflate, so pack it anew`,
      { offset },
    );
  }
  const damaged = (why: string) => new FormatError(file.name, `${what} in it is damaged: ${why}`, { offset });
  if (method === 0 && packedBytes !== entry.byteLength) throw damaged('its two lengths differ');
  if (entries.some((other) => other !== entry && other.name === entry.name)) {
    throw damaged('there are two files of this name');
  }
  const header = new Uint8Array(30);
  await readExactly(file, header, headerOffset);
  const data = view(header);
  if (data.getUint32(0, true) !== LOCAL_HEADER || data.getUint16(8, true) !== method) {
    throw damaged('there is no header of it where the directory says');
  }
  const nameBytes = data.getUint16(26, true);
  const begin = headerOffset + 30 + nameBytes + data.getUint16(28, true);
  if (begin + packedBytes > file.byteLength) throw damaged('it ends beyond the end of the file');
  const own = new Uint8Array(nameBytes);
  await readExactly(file, own, headerOffset + 30);
  if (decodeName(own, flags) !== entry.name) throw damaged('its header has another name than the directory');
  return begin;
}
