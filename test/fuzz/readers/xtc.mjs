import { readFileSync } from 'node:fs';
import { readRows } from '../reading.mjs';

const fixture = (name) =>
  new Uint8Array(readFileSync(new URL(`../../sources/fixtures/traj-${name}.xtc`, import.meta.url)));

/** Where frames begin, by their heads; `torn` where the last is not whole. */
function framesOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const frames = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + 60 > bytes.length) return { frames, torn: true };
    const magic = view.getInt32(at);
    if (magic !== 1995 && magic !== 2023) return { frames, problem: `no frame begins at ${at}` };
    const atoms = view.getInt32(at + 4);
    let end = at + 56 + 12 * atoms;
    if (atoms > 9) {
      const wide = magic === 2023;
      if (at + (wide ? 96 : 92) > bytes.length) return { frames, torn: true };
      const data = wide ? Number(view.getBigInt64(at + 88)) : view.getInt32(at + 88);
      end = at + (wide ? 96 : 92) + Math.ceil(data / 4) * 4;
    }
    if (!(end > at)) return { frames, problem: `a frame of no length at ${at}` };
    if (end > bytes.length) return { frames, torn: true };
    frames.push(at);
    at = end;
  }
  return { frames };
}

export default {
  name: 'xtc',
  seeds: () =>
    ['few2', 'few9', 'few10', 'still', 'huge', 'wide'].map((name) => ({ name, bytes: fixture(name) })),
  edits: {
    /** A number of a frame's head. */
    head(bytes, random) {
      const { frames } = framesOf(bytes);
      if (frames.length === 0) return bytes;
      const out = bytes.slice();
      const at = random.pick(frames) + 4 * random.below(24);
      if (at + 4 > out.length) return out;
      const view = new DataView(out.buffer);
      const values = [
        0,
        1,
        9,
        10,
        72,
        73,
        2 ** 24,
        2 ** 31 - 1,
        -1,
        -(2 ** 31),
        view.getInt32(at) + random.between(-4, 4),
      ];
      view.setInt32(at, random.pick(values));
      return out;
    },
    /** A frame less, or twice. */
    frame(bytes, random) {
      const { frames } = framesOf(bytes);
      if (frames.length < 2) return bytes;
      const i = random.below(frames.length - 1);
      const [at, end] = [frames[i], frames[i + 1]];
      const parts = random.oneIn(2)
        ? [bytes.slice(0, at), bytes.slice(end)]
        : [bytes.slice(0, end), bytes.slice(at)];
      return new Uint8Array(Buffer.concat(parts));
    },
    /** Cut within the last frame. */
    torn(bytes, random) {
      const at = framesOf(bytes).frames.at(-1) ?? 0;
      return bytes.slice(0, at + 1 + random.below(Math.max(1, bytes.length - at - 1)));
    },
  },
  options: (random) => (random.oneIn(3) ? { onBadRow: 'skip' } : random.oneIn(4) ? { atoms: [1, 0] } : {}),
  run: (bytes, { way, options }) => readRows(bytes, way, 'xtc', { format: 'xtc', ...options }),
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
