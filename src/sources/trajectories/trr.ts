/**
 * TRR trajectories of GROMACS: positions, velocities, forces, uncompressed. All numbers are big-endian. A frame is
 *
 *     magic 1993 | 13 | "GMX_trn_file" and its length | bytes of: input, energies, box, virial, pressure, topology,
 *     symbols, x, v, f | atoms | step | 0 | time, ps | lambda | then all of these in that order
 *
 * in single or double precision, which is only known from the sizes.
 * Format: https://manual.gromacs.org/current/reference-manual/file-formats.html#trr
 */

import { type Message, option, say } from '../../messages.ts';
import type { CoppiceWarning } from '../../types.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { endsWithin, type FrameFormat, frameError } from './frame-walk.ts';
import { openFrames, skipsBadFrames, type TrajectoryOptions, type TrajectorySource } from './frames.ts';

const MAGIC = 1993;
const TITLE = 'GMX_trn_file';
/** Offset of the sizes, and below the parts that they belong to. The header ends with two numbers of either precision. */
const SIZES = 24;
const PARTS = [
  ...[
    'input',
    'energies',
    'box',
    'virial',
    'pressure',
    'topology',
    'symbols',
    'positions',
    'velocities',
    'forces',
  ],
];
const AFTER_SIZES = SIZES + 4 * PARTS.length;
const HEAD_BYTES = AFTER_SIZES + 12;
const BOX = 2;
const X = 7;

interface FrameHead {
  atoms: number;
  /** Bytes of a number: 4 or 8. */
  real: number;
  /** Bytes before the parts. */
  head: number;
  /** Bytes of each part. */
  sizes: number[];
  /** Bytes of the whole frame. */
  bytes: number;
}

function readHead(
  name: string,
  view: DataView,
  length: number,
  index: number,
  offset: number,
  atoms: number | undefined,
  skips: boolean,
): FrameHead {
  const fail = (at: number, problem: Message) => frameError(name, index, offset + at, problem);
  if (length < 4) throw endsWithin(name, { index, offset }, length);
  if (view.getInt32(0) !== MAGIC)
    throw fail(0, `it must begin with ${MAGIC}, and here is ${view.getInt32(0)}`);
  if (length < HEAD_BYTES) throw endsWithin(name, { index, offset }, length);
  const title = String.fromCharCode(...Array.from({ length: TITLE.length }, (_, i) => view.getUint8(12 + i)));
  if (view.getInt32(4) !== TITLE.length + 1 || view.getInt32(8) !== TITLE.length || title !== TITLE) {
    throw fail(4, `it must be called "${TITLE}"`);
  }
  const sizes = PARTS.map((_, i) => view.getInt32(SIZES + 4 * i));
  const count = view.getInt32(AFTER_SIZES);
  const wrong = sizes.findIndex((size) => size < 0);
  if (wrong >= 0) throw fail(SIZES + 4 * wrong, `it claims ${sizes[wrong]} bytes of ${PARTS[wrong]}`);
  if (count < 1) throw fail(AFTER_SIZES, `it claims ${count} atoms`);
  if (atoms !== undefined && count !== atoms) {
    throw fail(AFTER_SIZES, `it has ${count} atoms, and the first has ${atoms}`);
  }
  if (sizes[X] === 0 && !skips) {
    const has = [8, 9].filter((i) => sizes[i] > 0).map((i) => PARTS[i]);
    throw fail(
      SIZES + 4 * X,
      say`it has no positions${has.length > 0 ? `, but ${has.join(' and ')}` : ''}; every frame must have them: write those that do to a file of their own (gmx trjconv), or skip the others (${option('onBadRow', 'skip')})`,
    );
  }
  // The precision is known from the first part that is present.
  const [told, reals] = [
    [X, 3 * count],
    [8, 3 * count],
    [9, 3 * count],
    [BOX, 9],
  ].find(([i]) => sizes[i] > 0) ?? [X, 0];
  const real = reals === 0 ? 4 : sizes[told] / reals;
  if (real !== 4 && real !== 8) {
    throw fail(SIZES + 4 * told, `it claims ${sizes[told]} bytes of ${PARTS[told]} for ${count} atoms`);
  }
  for (const [i, reals] of [
    [BOX, 9],
    [3, 9],
    [4, 9],
    [X, 3 * count],
    [8, 3 * count],
    [9, 3 * count],
  ]) {
    if (sizes[i] !== 0 && sizes[i] !== reals * real) {
      throw fail(
        SIZES + 4 * i,
        `it claims ${sizes[i]} bytes of ${PARTS[i]}, and must have 0 or ${reals * real}`,
      );
    }
  }
  const head = HEAD_BYTES + 2 * real;
  return { atoms: count, real, head, sizes, bytes: sizes.reduce((a, b) => a + b, head) };
}

function formatOf(bytes: Bytes, atoms: number, real: number, skips: boolean): FrameFormat {
  const { name } = bytes;
  return {
    format: 'trr',
    atoms,
    first: 0,
    headBytes: HEAD_BYTES + 16 + 9 * 8,
    measure: (view, length, index, offset) => readHead(name, view, length, index, offset, atoms, skips).bytes,
    decode(view, place, target, to, wanted) {
      const { index, offset, bytes: length } = place;
      const { real, head, sizes, bytes: whole } = readHead(name, view, length, index, offset, atoms, skips);
      if (whole > length)
        throw frameError(name, index, offset, `it has ${whole} bytes, and had ${length} before`);
      if (sizes[X] === 0) {
        target.fill(Number.NaN, to, to + 3 * wanted);
        return;
      }
      const at = sizes.slice(0, X).reduce((a, b) => a + b, head);
      if (real === 4) for (let i = 0; i < 3 * wanted; i++) target[to + i] = view.getFloat32(at + 4 * i);
      else for (let i = 0; i < 3 * wanted; i++) target[to + i] = view.getFloat64(at + 8 * i);
    },
    moment(view, length) {
      const { real, head, sizes } = readHead(name, view, length, 0, 0, undefined, skips);
      if (length < head) return {};
      const read = (at: number) => (real === 4 ? view.getFloat32(at) : view.getFloat64(at));
      const time = read(HEAD_BYTES);
      const before = head + sizes[0] + sizes[1];
      if (sizes[BOX] === 0 || length < before + 9 * real) return { time };
      return { time, box: Array.from({ length: 9 }, (_, i) => read(before + i * real)) };
    },
    units: 'nanometers',
    summary: `TRR, ${real === 4 ? 'single' : 'double'} precision`,
  };
}

/**
 * Read a TRR file as rows of 3 * atoms numbers in nanometers. Double precision is rounded to float32.
 *
 * Errors: `FormatError` with frame and byte offset if the file is damaged, ends within a frame, or has a frame without
 * positions, for example because velocities were written more often. With `onBadRow: 'skip'` such a frame is a row of
 * NaN.
 */
export async function openTrr(
  bytes: Bytes,
  options: TrajectoryOptions & { signal?: AbortSignal; onWarning?(warning: CoppiceWarning): void } = {},
): Promise<TrajectorySource> {
  const skips = skipsBadFrames(options);
  const first = await bytes.slice(0, Math.min(HEAD_BYTES, bytes.byteLength));
  const view = new DataView(first.buffer, first.byteOffset, first.length);
  const { atoms, real, bytes: whole } = readHead(bytes.name, view, first.length, 0, 0, undefined, skips);
  if (whole > bytes.byteLength) {
    throw endsWithin(bytes.name, { index: 0, offset: 0, bytes: whole }, bytes.byteLength);
  }
  return openFrames(bytes, formatOf(bytes, atoms, real, skips), options);
}
