/** What the fuzzers of GROMACS' trajectories (XTC, TRR) share: frames one after another, found by their heads. */

import { joined } from '../mutate.mjs';

/**
 * Where frames begin; `torn` where the last is not whole, `problem` where no frame can be.
 * @param endOf (view, at) gives the end of the frame at a place, undefined where its head is cut off, or throws
 */
function walk(bytes, endOf) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const frames = [];
  for (let at = 0; at < bytes.length; ) {
    let end;
    try {
      end = endOf(view, at);
    } catch (error) {
      return { frames, problem: error.message };
    }
    if (end === undefined || end > bytes.length) return { frames, torn: true };
    if (!(end > at)) return { frames, problem: `a frame of no length at ${at}` };
    frames.push(at);
    at = end;
  }
  return { frames };
}

/**
 * Edits of frames, and what is wrong with a file that was read.
 * @param headWords numbers of 32 bits in a frame's head
 */
export function frameFuzzing(endOf, headWords) {
  const edits = {
    /** A number of a frame's head. */
    head(bytes, random) {
      const { frames } = walk(bytes, endOf);
      if (frames.length === 0) return bytes;
      const out = bytes.slice();
      const at = random.pick(frames) + 4 * random.below(headWords);
      if (at + 4 > out.length) return out;
      const view = new DataView(out.buffer);
      const own = view.getInt32(at);
      const values = [0, 1, 9, 10, 36, 72, 73, 2 ** 24, 2 ** 31 - 1, -1, -(2 ** 31), own * 2, own / 2];
      view.setInt32(at, random.oneIn(4) ? own + random.between(-4, 4) : random.pick(values));
      return out;
    },
    /** A frame less, or twice. */
    frame(bytes, random) {
      const { frames } = walk(bytes, endOf);
      if (frames.length < 2) return bytes;
      const i = random.below(frames.length - 1);
      const [at, end] = [frames[i], frames[i + 1]];
      return random.oneIn(2)
        ? joined(bytes.subarray(0, at), bytes.subarray(end))
        : joined(bytes.subarray(0, end), bytes.subarray(at));
    },
    /** Cut within the last frame. */
    torn(bytes, random) {
      const at = walk(bytes, endOf).frames.at(-1) ?? 0;
      return bytes.slice(0, at + 1 + random.below(Math.max(1, bytes.length - at - 1)));
    },
  };
  const accepted = ({ bytes, result, options }) => {
    if (!result.whole) return undefined;
    const { frames, problem, torn } = walk(bytes, endOf);
    if (torn && options.onBadRow !== 'skip') return 'the file ends within a frame';
    if (problem) return problem;
    return result.rows === frames.length ? undefined : `${result.rows} rows of ${frames.length} frames`;
  };
  return { edits, accepted };
}
