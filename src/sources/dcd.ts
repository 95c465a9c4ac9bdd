/**
 * DCD trajectories of CHARMM, NAMD, X-PLOR and OpenMM: Fortran records, each between two markers that tell its length.
 *
 *     84 | CORD, 20 integers | 84 · n | titles | n · 4 | atoms | 4 · [4m | the m atoms that move | 4m]
 *     then for each frame: [48 | unit cell | 48] · 4n | x | 4n · 4n | y | 4n · 4n | z | 4n · [4n | 4th | 4n]
 *
 * Where some atoms are fixed, only the first frame has them. Coordinates are in angstroms.
 * Format: https://www.ks.uiuc.edu/Research/vmd/plugins/molfile/dcdplugin.html and
 * https://docs.openmm.org/latest/api-python/generated/openmm.app.dcdfile.DCDFile.html
 */

import { FormatError } from '../errors.ts';
import type { CoppiceWarning } from '../types.ts';
import { type Bytes, readExactly } from './bytes.ts';
import {
  endsWithin,
  type FrameFormat,
  frameError,
  openFrames,
  type TrajectoryOptions,
  type TrajectorySource,
} from './frames.ts';

/** Angstroms in nanometers, as single precision has it; so MDTraj reads. */
const NANOMETERS = Math.fround(0.1);
/** More than this of titles no program writes. */
const MOST_TITLE_BYTES = 2 ** 20;
const LINE_BYTES = 80;
const CELL_BYTES = 48;

interface Header {
  little: boolean;
  atoms: number;
  /** As the header claims; some programs write it last. */
  frames: number;
  /** Bytes of the record before the coordinates, with its markers. */
  cellBytes: number;
  fourth: boolean;
  /** Indexes of the atoms that move, where not all do. */
  moving: Int32Array | undefined;
  /** Where the first frame begins. */
  first: number;
  title: string;
  program: string;
}

async function readView(bytes: Bytes, offset: number, length: number): Promise<DataView> {
  const part = new Uint8Array(length);
  await readExactly(bytes, part, offset);
  return new DataView(part.buffer);
}

async function readHeader(bytes: Bytes): Promise<Header> {
  const { name } = bytes;
  const fail = (offset: number, problem: string) => new FormatError(name, problem, { offset });
  const head = await readView(bytes, 0, 92);
  const little = head.getInt32(0, true) === 84;
  const cord = String.fromCharCode(...new Uint8Array(head.buffer, 4, 4));
  if (!little && head.getInt32(0) !== 84) {
    const wide = head.getUint32(little ? 4 : 0, true) === 0 || head.getUint32(0) === 0;
    throw fail(0, `is no DCD file${wide ? ' with record markers of 32 bits' : ''}: it must begin with 84`);
  }
  if (cord === '\0\0\0\0') throw fail(0, 'is a DCD file with record markers of 64 bits, which is not read');
  if (cord !== 'CORD') {
    const velocities = cord === 'VELD' ? ' (a file of velocities)' : '';
    throw fail(4, `is no DCD file of coordinates: it has ${JSON.stringify(cord)}${velocities}, not "CORD"`);
  }
  const int = (view: DataView, at: number) => view.getInt32(at, little);
  if (int(head, 88) !== 84) throw fail(88, `the header's record ends with ${int(head, 88)}, not 84`);
  const control = (i: number) => int(head, 8 + 4 * i);
  const charmm = control(19) !== 0;
  const fixed = control(8);
  const hasCell = charmm && control(10) !== 0;

  let at = 92;
  const titleBytes = int(await readView(bytes, at, 4), 0);
  if (titleBytes < 4 || titleBytes > MOST_TITLE_BYTES) {
    throw fail(at, `the record of titles claims ${titleBytes} bytes`);
  }
  const titles = await readView(bytes, at + 4, titleBytes + 4);
  if (int(titles, titleBytes) !== titleBytes) {
    throw fail(
      at + 4 + titleBytes,
      `the record of titles ends with ${int(titles, titleBytes)}, not ${titleBytes}`,
    );
  }
  const lines: string[] = [];
  for (let from = 4; from < titleBytes; from += LINE_BYTES) {
    const line = new Uint8Array(titles.buffer, from, Math.min(LINE_BYTES, titleBytes - from));
    // What follows a zero was in the writer's memory by chance.
    const text = new TextDecoder('latin1').decode(line).split('\0', 1)[0].trim();
    if (text !== '') lines.push(text);
  }
  const title = lines.join('; ');
  at += titleBytes + 8;

  const count = await readView(bytes, at, 12);
  const atoms = int(count, 4);
  if (int(count, 0) !== 4 || int(count, 8) !== 4) {
    throw fail(
      at,
      `the record of the number of atoms is between ${int(count, 0)} and ${int(count, 8)}, not 4`,
    );
  }
  if (atoms < 1 || atoms > 2 ** 29) throw fail(at + 4, `claims ${atoms} atoms`);
  // Before memory is taken for them they must be there; of a stream that is known once they come.
  if (12 * (atoms - Math.max(0, fixed)) > bytes.byteLength) {
    throw fail(at + 4, `claims ${atoms} atoms, for which the file's ${bytes.byteLength} bytes are too few`);
  }
  if (fixed < 0 || fixed >= atoms) throw fail(40, `claims ${fixed} fixed atoms of ${atoms}`);
  at += 12;

  let moving: Int32Array | undefined;
  if (fixed > 0) {
    if (bytes.sequential) {
      throw new FormatError(
        name,
        'has fixed atoms, of which only the first frame tells; that is not read from front to back (it is a stream or ' +
          'compressed, or its server does not answer range requests): save it to a file',
      );
    }
    const free = atoms - fixed;
    const marker = int(await readView(bytes, at, 4), 0);
    if (marker !== 4 * free) {
      throw fail(
        at,
        `the record of the atoms that move has ${marker} bytes, and ${free} atoms take ${4 * free}`,
      );
    }
    const list = await readView(bytes, at + 4, 4 * free + 4);
    moving = new Int32Array(free);
    for (let i = 0; i < free; i++) {
      moving[i] = int(list, 4 * i) - 1;
      if (moving[i] < 0 || moving[i] >= atoms) {
        throw fail(at + 4 + 4 * i, `an atom that moves is ${moving[i] + 1}; allowed are 1 to ${atoms}`);
      }
    }
    if (int(list, 4 * free) !== marker)
      throw fail(at + 4 + marker, 'the record of the atoms that move ends wrongly');
    at += 8 + marker;
  }

  let cellBytes = 0;
  if (hasCell && at + 4 <= bytes.byteLength) {
    cellBytes = CELL_BYTES + 8;
    const marker = bytes.sequential ? CELL_BYTES : int(await readView(bytes, at, 4), 0);
    if (marker !== CELL_BYTES)
      throw frameError(name, 0, at, `its unit cell takes ${marker} bytes, not ${CELL_BYTES}`);
  }
  return {
    little,
    atoms,
    frames: control(0),
    cellBytes,
    fourth: charmm && control(11) !== 0,
    moving,
    first: at,
    title,
    program: charmm ? 'CHARMM' : 'X-PLOR',
  };
}

/** Give the three planes of a frame's coordinates to `write`, having looked at the markers around them. */
function readPlanes(
  name: string,
  header: Header,
  view: DataView,
  place: { index: number; offset: number; bytes: number },
  atoms: number,
  write: (axis: number, from: number) => void,
): void {
  const { little, cellBytes, fourth } = header;
  const planeBytes = 4 * atoms;
  const check = (at: number, wanted: number, what: string) => {
    const marker = view.getInt32(at, little);
    if (marker === wanted) return;
    throw frameError(
      name,
      place.index,
      place.offset + at,
      `the record of ${what} is marked with ${marker} bytes; it must have ${wanted}`,
    );
  };
  let at = 0;
  if (cellBytes > 0) {
    check(0, cellBytes - 8, 'the unit cell');
    check(cellBytes - 4, cellBytes - 8, 'the unit cell');
    at = cellBytes;
  }
  for (let axis = 0; axis < (fourth ? 4 : 3); axis++) {
    check(at, planeBytes, `${'xyzw'[axis]} of ${atoms} atoms`);
    check(at + 4 + planeBytes, planeBytes, `${'xyzw'[axis]} of ${atoms} atoms`);
    if (axis < 3) write(axis, at + 4);
    at += planeBytes + 8;
  }
}

function formatOf(bytes: Bytes, header: Header): FrameFormat {
  const { name } = bytes;
  const { atoms, little, moving, first, cellBytes, fourth } = header;
  const lengthOf = (n: number) => cellBytes + (fourth ? 4 : 3) * (4 * n + 8);
  const firstBytes = lengthOf(atoms);
  const laterBytes = lengthOf(moving?.length ?? atoms);
  /** What the fixed atoms' coordinates are, of which only the first frame tells. */
  let base: Float32Array | undefined;

  const decode: FrameFormat['decode'] = (view, place, target, to, upto) => {
    if (moving && place.index > 0) {
      target.set(base!.subarray(0, 3 * upto), to);
      readPlanes(name, header, view, place, moving.length, (axis, from) => {
        for (let i = 0; i < moving.length; i++) {
          const atom = moving[i];
          if (atom < upto) target[to + 3 * atom + axis] = view.getFloat32(from + 4 * i, little) * NANOMETERS;
        }
      });
      return;
    }
    const planes = [0, 0, 0];
    readPlanes(name, header, view, place, atoms, (axis, from) => {
      planes[axis] = from;
    });
    const [fromX, fromY, fromZ] = planes;
    if (little && (view.byteOffset + fromX) % 4 === 0) {
      const x = new Float32Array(view.buffer, view.byteOffset + fromX, upto);
      const y = new Float32Array(view.buffer, view.byteOffset + fromY, upto);
      const z = new Float32Array(view.buffer, view.byteOffset + fromZ, upto);
      for (let i = 0, at = to; i < upto; i++, at += 3) {
        target[at] = x[i] * NANOMETERS;
        target[at + 1] = y[i] * NANOMETERS;
        target[at + 2] = z[i] * NANOMETERS;
      }
    } else {
      for (let i = 0, at = to; i < upto; i++, at += 3) {
        target[at] = view.getFloat32(fromX + 4 * i, little) * NANOMETERS;
        target[at + 1] = view.getFloat32(fromY + 4 * i, little) * NANOMETERS;
        target[at + 2] = view.getFloat32(fromZ + 4 * i, little) * NANOMETERS;
      }
    }
    if (moving) base ??= target.slice(to, to + 3 * atoms);
  };
  const place = (index: number) => ({
    index,
    offset: index === 0 ? first : first + firstBytes + (index - 1) * laterBytes,
    bytes: index === 0 ? firstBytes : laterBytes,
  });
  const format: FrameFormat = {
    format: 'dcd',
    atoms,
    first,
    headBytes: 4,
    measure: (_view, length, index, offset) => {
      if (length < 4) throw endsWithin(name, { index, offset }, length);
      return index === 0 ? firstBytes : laterBytes;
    },
    decode,
    title: header.title === '' ? undefined : header.title,
    units: 'angstroms',
    summary: `DCD (${header.program}), ${little ? 'little' : 'big'}-endian${cellBytes > 0 ? ', with unit cell' : ''}${
      moving ? `, ${atoms - moving.length} atoms fixed` : ''
    }`,
  };
  if (bytes.sequential) return format;

  const size = bytes.byteLength - first;
  const rows = size === 0 ? 0 : size < firstBytes ? 0.5 : 1 + (size - firstBytes) / laterBytes;
  if (!Number.isInteger(rows)) {
    const torn = place(Math.floor(rows));
    throw endsWithin(name, torn, bytes.byteLength - torn.offset);
  }
  return { ...format, rows, place };
}

/**
 * Read a DCD file as rows of 3 * atoms numbers in nanometers, float32.
 *
 * How many frames there are is told by the length of the file; where the header says otherwise, as after a run that
 * was stopped, there is one warning (`DCD_FRAMES`).
 * Errors: `FormatError` with frame and byte offset where a record's markers are not as long as they must be, or the
 * file ends within a frame.
 */
export async function openDcd(
  bytes: Bytes,
  options: TrajectoryOptions & { signal?: AbortSignal; onWarning?(warning: CoppiceWarning): void } = {},
): Promise<TrajectorySource> {
  const header = await readHeader(bytes);
  const format = formatOf(bytes, header);
  const { rows } = format;
  if (header.moving && rows) {
    const place = format.place!(0);
    const view = await readView(bytes, place.offset, place.bytes);
    format.decode(view, place, new Float32Array(3 * header.atoms), 0, header.atoms);
  }
  // Some programs write 0 and never come back to it.
  if (rows !== undefined && header.frames !== rows && header.frames !== 0) {
    const message = `${bytes.name}: its header promises ${header.frames} frames, and it has ${rows}, which are read`;
    if (options.onWarning) options.onWarning({ code: 'DCD_FRAMES', message });
    else console.warn(message);
  }
  return openFrames(bytes, format, options);
}
