import { readFileSync } from 'node:fs';
import { readRows } from '../reading.mjs';

const fixture = (name) =>
  new Uint8Array(readFileSync(new URL(`../../sources/fixtures/traj-${name}.trr`, import.meta.url)));

/** Where frames begin, by the sizes in their heads; `torn` where the last is not whole. */
function framesOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const frames = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + 84 > bytes.length) return { frames, torn: true };
    if (view.getInt32(at) !== 1993) return { frames, problem: `no frame begins at ${at}` };
    const sizes = Array.from({ length: 10 }, (_, i) => view.getInt32(at + 24 + 4 * i));
    const atoms = view.getInt32(at + 64);
    const told = sizes[7] || sizes[8] || sizes[9];
    const real = told ? told / (3 * atoms) : sizes[2] ? sizes[2] / 9 : 4;
    const end = at + 76 + 2 * real + sizes.reduce((a, b) => a + b, 0);
    if (!(end > at)) return { frames, problem: `a frame of no length at ${at}` };
    if (end > bytes.length) return { frames, torn: true };
    frames.push(at);
    at = end;
  }
  return { frames };
}

export default {
  name: 'trr',
  seeds: () => [
    ...['bare', 'uneven', 'forces', 'double'].map((name) => ({ name, bytes: fixture(name) })),
    { name: 'velocities', bytes: fixture('velocities'), options: { onBadRow: 'skip' } },
  ],
  edits: {
    /** A size or number of a frame's head. */
    head(bytes, random) {
      const { frames } = framesOf(bytes);
      if (frames.length === 0) return bytes;
      const out = bytes.slice();
      const at = random.pick(frames) + 4 * random.below(20);
      if (at + 4 > out.length) return out;
      const view = new DataView(out.buffer);
      const own = view.getInt32(at);
      view.setInt32(
        at,
        random.pick([0, 1, 36, 72, -1, 2 ** 31 - 1, own * 2, own / 2, own + random.between(-4, 4)]),
      );
      return out;
    },
    /** Cut within the last frame. */
    torn(bytes, random) {
      const at = framesOf(bytes).frames.at(-1) ?? 0;
      return bytes.slice(0, at + 1 + random.below(Math.max(1, bytes.length - at - 1)));
    },
  },
  options: (random) => (random.oneIn(3) ? { onBadRow: 'skip' } : {}),
  run: (bytes, { way, options }) => readRows(bytes, way, 'trr', { format: 'trr', ...options }),
  accepted({ bytes, result, options }) {
    const { frames, problem, torn } = framesOf(bytes);
    if (!result.whole) return undefined;
    if (torn && options.onBadRow !== 'skip') return 'the file ends within a frame';
    return (
      problem ??
      (result.rows === frames.length ? undefined : `${result.rows} rows of ${frames.length} frames`)
    );
  },
};
