/** XXH64 as its specification has it, in whole numbers of 64 bits. */

const P = [
  0x9e3779b185ebca87n,
  0xc2b2ae3d27d4eb4fn,
  0x165667b19e3779f9n,
  0x85ebca77c2b2ae63n,
  0x27d4eb2f165667c5n,
];
const wrap = (x: bigint) => BigInt.asUintN(64, x);
const rotate = (x: bigint, bits: bigint) => wrap((x << bits) | (wrap(x) >> (64n - bits)));
const round = (lane: bigint, input: bigint) => wrap(rotate(wrap(lane + input * P[1]), 31n) * P[0]);

export function xxh64(bytes: Uint8Array): bigint {
  const read = (at: number, count: number) => {
    let value = 0n;
    for (let i = count - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[at + i]);
    return value;
  };
  let at = 0;
  let hash = P[4];
  if (bytes.length >= 32) {
    const lanes = [wrap(P[0] + P[1]), P[1], 0n, wrap(-P[0])];
    for (; at + 32 <= bytes.length; at += 32) {
      for (let i = 0; i < 4; i++) lanes[i] = round(lanes[i], read(at + 8 * i, 8));
    }
    hash = wrap(rotate(lanes[0], 1n) + rotate(lanes[1], 7n) + rotate(lanes[2], 12n) + rotate(lanes[3], 18n));
    for (const lane of lanes) hash = wrap((hash ^ round(0n, lane)) * P[0] + P[3]);
  }
  hash = wrap(hash + BigInt(bytes.length));
  for (; at + 8 <= bytes.length; at += 8) {
    hash = wrap(rotate(hash ^ round(0n, read(at, 8)), 27n) * P[0] + P[3]);
  }
  if (at + 4 <= bytes.length) {
    hash = wrap(rotate(hash ^ wrap(read(at, 4) * P[0]), 23n) * P[1] + P[2]);
    at += 4;
  }
  for (; at < bytes.length; at++) hash = wrap(rotate(hash ^ wrap(read(at, 1) * P[4]), 11n) * P[0]);
  hash = wrap((hash ^ (hash >> 33n)) * P[1]);
  hash = wrap((hash ^ (hash >> 29n)) * P[2]);
  return hash ^ (hash >> 32n);
}
