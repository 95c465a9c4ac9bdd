/**
 * XTC trajectories of GROMACS. All numbers are big-endian. A frame is
 *
 *     magic 1995 | atoms | step | time, ps | box, 9 float32 | atoms again |
 *         up to 9 atoms:  x, y, z of each, float32
 *         else:  precision | least x, y, z | greatest x, y, z | size of steps | bytes | the bytes, to a multiple of 4
 *
 * With magic 2023, which GROMACS writes for very large systems, the number of bytes has 64 bits.
 * Format: https://manual.gromacs.org/current/reference-manual/file-formats.html#xtc
 */

import type { CoppiceWarning } from '../../types.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { endsWithin, type FrameFormat, frameError } from './frame-walk.ts';
import { openFrames, type TrajectoryOptions, type TrajectorySource } from './frames.ts';
import { decodeCoordinates } from './xtc-decode.ts';

const MAGIC = 1995;
const WIDE_MAGIC = 2023;
/** Bytes before the coordinates. */
const HEAD_BYTES = 56;
/** Bytes of a compressed frame between these and the number of bytes. */
const PACKED_BYTES = 32;
/** Frames with up to this many atoms are not compressed. */
const FEW_ATOMS = 9;
/** Limit that lets bits be counted with 32-bit numbers. */
const MOST_BYTES = 2 ** 29 - 64;

interface FrameHead {
  atoms: number;
  /** Bytes before the compressed ones; and below the number of compressed bytes. */
  head: number;
  data: number;
}

function readHead(
  name: string,
  view: DataView,
  length: number,
  index: number,
  offset: number,
  atoms: number | undefined,
): FrameHead {
  const fail = (at: number, problem: string) => frameError(name, index, offset + at, problem);
  const need = (bytes: number) => {
    if (length < bytes) throw endsWithin(name, { index, offset }, length);
  };
  need(4);
  const magic = view.getInt32(0);
  if (magic !== MAGIC && magic !== WIDE_MAGIC) {
    throw fail(0, `it must begin with ${MAGIC} or ${WIDE_MAGIC}, and here is ${magic}`);
  }
  need(HEAD_BYTES);
  const count = view.getInt32(4);
  if (count < 1) throw fail(4, `it claims ${count} atoms`);
  if (atoms !== undefined && count !== atoms)
    throw fail(4, `it has ${count} atoms, and the first has ${atoms}`);
  if (view.getInt32(52) !== count)
    throw fail(52, `it claims ${count} atoms and coordinates of ${view.getInt32(52)}`);
  if (count <= FEW_ATOMS) return { atoms: count, head: HEAD_BYTES + 12 * count, data: 0 };
  const wide = magic === WIDE_MAGIC;
  const head = HEAD_BYTES + PACKED_BYTES + (wide ? 8 : 4);
  need(head);
  const at = HEAD_BYTES + PACKED_BYTES;
  const data = wide ? Number(view.getBigInt64(at)) : view.getInt32(at);
  // An atom takes at least two bits, so the number of bytes limits the number of atoms.
  if (data < 1 || data > MOST_BYTES || 4 * data < count) {
    throw fail(at, `it claims ${data} bytes for the coordinates of ${count} atoms`);
  }
  return { atoms: count, head, data };
}

function formatOf(bytes: Bytes, atoms: number): FrameFormat {
  const { name } = bytes;
  return {
    format: 'xtc',
    atoms,
    first: 0,
    headBytes: HEAD_BYTES + PACKED_BYTES + 8,
    measure(view, length, index, offset) {
      const { head, data } = readHead(name, view, length, index, offset, atoms);
      return head + Math.ceil(data / 4) * 4;
    },
    decode(view, place, target, to, wanted) {
      const { index, offset, bytes: length } = place;
      const { head, data } = readHead(name, view, length, index, offset, atoms);
      const fail = (at: number, problem: string) => frameError(name, index, offset + at, problem);
      if (head + data > length) throw fail(88, `it claims ${data} bytes, and claimed fewer before`);
      if (data === 0) {
        for (let i = 0; i < 3 * wanted; i++) target[to + i] = view.getFloat32(HEAD_BYTES + 4 * i);
        return;
      }
      const precision = view.getFloat32(56);
      if (!(precision > 0 && precision < Infinity)) throw fail(56, `its precision is ${precision}`);
      const least = [60, 64, 68].map((at) => view.getInt32(at));
      const greatest = [72, 76, 80].map((at) => view.getInt32(at));
      for (let k = 0; k < 3; k++) {
        const side = greatest[k] - least[k];
        if (side < 0 || side >= 2 ** 31) {
          throw fail(60 + 4 * k, `its ${'xyz'[k]} is claimed to go from ${least[k]} to ${greatest[k]}`);
        }
      }
      const packed = { atoms, least, greatest, size: view.getInt32(84), unit: Math.fround(1 / precision) };
      const damage = decodeCoordinates(view, head, data, packed, target, to, wanted);
      if (damage) throw fail(head + (damage.bit >>> 3), `the coordinates are damaged: ${damage.problem}`);
    },
    moment(view, length) {
      if (length < HEAD_BYTES) return {};
      return {
        time: view.getFloat32(12),
        box: Array.from({ length: 9 }, (_, i) => view.getFloat32(16 + 4 * i)),
      };
    },
    units: 'nanometers',
    summary: 'XTC',
  };
}

/**
 * Read an XTC file as rows of 3 * atoms numbers in nanometers, float32. They were rounded to the precision of the file
 * when it was written.
 *
 * Errors: `FormatError` with frame and byte offset if the file is damaged, or ends within a frame.
 */
export async function openXtc(
  bytes: Bytes,
  options: TrajectoryOptions & { signal?: AbortSignal; onWarning?(warning: CoppiceWarning): void } = {},
): Promise<TrajectorySource> {
  const first = await bytes.slice(0, Math.min(HEAD_BYTES + PACKED_BYTES + 8, bytes.byteLength));
  const view = new DataView(first.buffer, first.byteOffset, first.length);
  const { atoms } = readHead(bytes.name, view, first.length, 0, 0, undefined);
  return openFrames(bytes, formatOf(bytes, atoms), options);
}
