/** Compressed frames whose blocks are not compressed, as compressors write what does not get smaller. */

/** A frame of Zstandard, without a checksum. */
export function rawZstd(...blocks) {
  const parts = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38])];
  blocks.forEach((block, i) => {
    const head = Buffer.alloc(3);
    head.writeUIntLE((block.length << 3) | (i === blocks.length - 1 ? 1 : 0), 0, 3);
    parts.push(head, block);
  });
  return new Uint8Array(Buffer.concat(parts));
}

/** A frame of LZ4, without checksums but for its head's. */
export function rawLz4(block) {
  const size = Buffer.alloc(4);
  size.writeUInt32LE((block.length | 0x80000000) >>> 0);
  const head = [0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82];
  return new Uint8Array(Buffer.concat([Buffer.from(head), size, block, Buffer.alloc(4)]));
}
