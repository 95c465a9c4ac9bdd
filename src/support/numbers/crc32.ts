/**
 * CRC-32 as in zlib and PNG, four bytes per step.
 * Source: Kounavis and Berry 2008, IEEE Trans. Comput. 57(11), 1550 (slicing).
 */

let tables: Uint32Array | undefined;

function makeTables(): Uint32Array {
  const t = new Uint32Array(1024);
  for (let i = 0; i < 256; i++) {
    let c = i;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    t[i] = c;
  }
  for (let i = 256; i < 1024; i++) t[i] = t[t[i - 256] & 255] ^ (t[i - 256] >>> 8);
  return t;
}

/** The checksum of bytes. `crc` is the checksum of the bytes before them. */
export function crc32(bytes: Uint8Array, crc = 0): number {
  tables ??= makeTables();
  const t = tables;
  let c = ~crc;
  let i = 0;
  for (const end = bytes.length - 3; i < end; i += 4) {
    c ^= bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
    c = t[768 + (c & 255)] ^ t[512 + ((c >>> 8) & 255)] ^ t[256 + ((c >>> 16) & 255)] ^ t[c >>> 24];
  }
  for (; i < bytes.length; i++) c = t[(c ^ bytes[i]) & 255] ^ (c >>> 8);
  return ~c >>> 0;
}
