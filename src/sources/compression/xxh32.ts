/**
 * XXH32, the checksum of LZ4 frames.
 * Format: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md#xxh32-algorithm-description
 */

const P1 = 0x9e3779b1;
const P2 = 0x85ebca77;
const P3 = 0xc2b2ae3d;
const P4 = 0x27d4eb2f;
const P5 = 0x165667b1;

const rotate = (x: number, bits: number) => (x << bits) | (x >>> (32 - bits));

export function xxh32(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { length } = bytes;
  let at = 0;
  let hash = P5;
  if (length >= 16) {
    const lanes = Int32Array.of(P1 + P2, P2, 0, -P1);
    for (; at + 16 <= length; at += 16) {
      for (let i = 0; i < 4; i++) {
        const sum = lanes[i] + Math.imul(view.getInt32(at + 4 * i, true), P2);
        lanes[i] = Math.imul(rotate(sum, 13), P1);
      }
    }
    hash = rotate(lanes[0], 1) + rotate(lanes[1], 7) + rotate(lanes[2], 12) + rotate(lanes[3], 18);
  }
  hash = (hash + length) | 0;
  for (; at + 4 <= length; at += 4) {
    hash = Math.imul(rotate(hash + Math.imul(view.getInt32(at, true), P3), 17), P4);
  }
  for (; at < length; at++) hash = Math.imul(rotate(hash + Math.imul(bytes[at], P5), 11), P1);
  hash = Math.imul(hash ^ (hash >>> 15), P2);
  hash = Math.imul(hash ^ (hash >>> 13), P3);
  return (hash ^ (hash >>> 16)) >>> 0;
}
