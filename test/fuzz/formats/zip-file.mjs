/** Zip archives: made from files, and put right after an edit. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { crc32 } from './crc32.mjs';

const u16 = (value) => [value & 255, (value >>> 8) & 255];
const u32 = (value) => [...u16(value), ...u16(value >>> 16)];
const u64 = (value) => [...u32(value % 2 ** 32), ...u32(Math.floor(value / 2 ** 32))];
const text = (bytes) => Buffer.from(bytes).toString('latin1');

/**
 * An archive.
 * @param files {name, bytes, deflate}; `fields` of the directory and the header may be set otherwise
 * @param options `zip64`: all lengths and places have 64 bits; `comment`: text at the end
 */
export function zipFile(files, { zip64 = false, comment = '' } = {}) {
  const parts = [];
  const directory = [];
  let at = 0;
  const put = (bytes) => {
    parts.push(Buffer.from(bytes));
    at += bytes.length;
  };
  for (const { name, bytes, deflate = false, ...fields } of files) {
    const packed = fields.packed ?? (deflate ? deflateRawSync(bytes) : bytes);
    const nameBytes = Buffer.from(name);
    const method = fields.method ?? (deflate ? 8 : 0);
    const [flags, crc] = [fields.flags ?? 0x800, fields.crc ?? crc32(bytes)];
    const [packedBytes, byteLength] = [packed.length, fields.byteLength ?? bytes.length];
    const offset = at;
    const none = 0xffffffff;
    const localExtra = zip64 ? [...u16(1), ...u16(16), ...u64(byteLength), ...u64(packedBytes)] : [];
    const extra = zip64
      ? [...u16(1), ...u16(24), ...u64(byteLength), ...u64(packedBytes), ...u64(offset)]
      : [];
    const common = [...u16(20), ...u16(flags), ...u16(method), ...u32(0), ...u32(crc)];
    const sizes = zip64 ? [...u32(none), ...u32(none)] : [...u32(packedBytes), ...u32(byteLength)];
    put([
      ...[...u32(0x04034b50), ...common, ...sizes, ...u16(nameBytes.length), ...u16(localExtra.length)],
      ...[...nameBytes, ...localExtra],
    ]);
    put(packed);
    directory.push(
      ...[...u32(0x02014b50), ...u16(45), ...common, ...sizes],
      ...[...u16(nameBytes.length), ...u16(extra.length), ...u16(0), ...u16(0), ...u16(0), ...u32(0)],
      ...[...u32(zip64 ? none : offset), ...nameBytes, ...extra],
    );
  }
  const start = at;
  put(directory);
  const count = files.length;
  if (zip64) {
    const end = at;
    put([
      ...[...u32(0x06064b50), ...u64(44), ...u16(45), ...u16(45), ...u32(0), ...u32(0)],
      ...[...u64(count), ...u64(count), ...u64(directory.length), ...u64(start)],
    ]);
    put([...u32(0x07064b50), ...u32(0), ...u64(end), ...u32(1)]);
  }
  const counts = zip64 ? [0xffff, 0xffff] : [count, count];
  put([
    ...[...u32(0x06054b50), ...u16(0), ...u16(0), ...u16(counts[0]), ...u16(counts[1])],
    ...[...u32(zip64 ? 0xffffffff : directory.length), ...u32(zip64 ? 0xffffffff : start)],
    ...[...u16(comment.length), ...Buffer.from(comment)],
  ]);
  return new Uint8Array(Buffer.concat(parts));
}

/** The files of an archive that `zipFile` made, or undefined if it is damaged. */
export function filesOf(archive) {
  try {
    const data = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
    const files = [];
    for (let at = 0; data.getUint32(at, true) === 0x04034b50; ) {
      const method = data.getUint16(at + 8, true);
      const [packedBytes, nameBytes, extraBytes] = [
        data.getUint32(at + 18, true),
        data.getUint16(at + 26, true),
        data.getUint16(at + 28, true),
      ];
      const begin = at + 30 + nameBytes + extraBytes;
      const packed = archive.subarray(begin, begin + packedBytes);
      if (packed.length < packedBytes) return undefined;
      const bytes = method === 8 ? new Uint8Array(inflateRawSync(packed)) : packed.slice();
      files.push({
        name: text(archive.subarray(at + 30, at + 30 + nameBytes)),
        bytes,
        deflate: method === 8,
      });
      at = begin + packedBytes;
    }
    return files;
  } catch {
    return undefined;
  }
}

/** Edits for archives: a change within a file of it, with everything around it put right. */
export const ZIP_EDITS = {
  inside(archive, random, { common }) {
    const files = filesOf(archive);
    if (!files || files.length === 0) return archive;
    const file = random.pick(files);
    if (file.bytes.length === 0) return archive;
    const names = Object.keys(common).filter((name) => name !== 'splice');
    file.bytes = common[random.pick(names)](file.bytes, random);
    return zipFile(files, { zip64: random.oneIn(5) });
  },
  leave(archive, random) {
    const files = filesOf(archive);
    if (!files || files.length < 2) return archive;
    files.splice(random.below(files.length), 1);
    return zipFile(files);
  },
  packing(archive, random) {
    const files = filesOf(archive);
    if (!files || files.length === 0) return archive;
    const file = random.pick(files);
    file.deflate = !file.deflate;
    return zipFile(files);
  },
};
