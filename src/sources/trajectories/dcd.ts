/**
 * DCD trajectories of CHARMM, NAMD, X-PLOR and OpenMM: Fortran records, each between two markers that hold its length.
 *
 *     84 | CORD, 20 integers | 84 · n | titles | n · 4 | atoms | 4 · [4m | the m atoms that move | 4m]
 *     then for each frame: [48 | unit cell | 48] · 4n | x | 4n · 4n | y | 4n · 4n | z | 4n · [4n | 4th | 4n]
 *
 * If some atoms are fixed, only the first frame has their coordinates. Coordinates are in angstroms. Markers are integers
 * of 32 bits, or of 64 bits with some compilers.
 * Format: https://www.ks.uiuc.edu/Research/vmd/plugins/molfile/dcdplugin.html and
 * https://docs.openmm.org/latest/api-python/generated/openmm.app.dcdfile.DCDFile.html
 */

import { FormatError } from '../../errors.ts';
import type { CoppiceWarning } from '../../types.ts';
import { type Bytes, readExactly } from '../bytes/bytes.ts';
import { endsWithin, type FrameFormat, frameError } from './frame-walk.ts';
import { openFrames, skipsBadFrames, type TrajectoryOptions, type TrajectorySource } from './frames.ts';

/** One angstrom in nanometers, in single precision, as in MDTraj. */
const NANOMETERS = Math.fround(0.1);
/** No program writes titles longer than this. */
const MOST_TITLE_BYTES = 2 ** 20;
const LINE_BYTES = 80;
const CELL_BYTES = 48;

interface Header {
  little: boolean;
  /** Bytes of a marker. */
  marker: number;
  atoms: number;
  /** Number of frames as the header claims; some programs write it at the end of a run. */
  frames: number;
  /** Bytes of the unit cell record before the coordinates, with its markers. */
  cellBytes: number;
  fourth: boolean;
  /** Indexes of the atoms that move, if some are fixed. */
  moving: Int32Array | undefined;
  /** Offset of the first frame. */
  first: number;
  title: string;
  program: string;
}

async function readView(bytes: Bytes, offset: number, length: number): Promise<DataView> {
  const part = new Uint8Array(length);
  await readExactly(bytes, part, offset);
  return new DataView(part.buffer);
}

/** Reads the records of the header. */
class Records {
  readonly #bytes: Bytes;

  constructor(
    bytes: Bytes,
    readonly little: boolean,
    /** Bytes of a marker. */
    readonly marker: number,
  ) {
    this.#bytes = bytes;
  }

  fail(offset: number, problem: string): FormatError {
    return new FormatError(this.#bytes.name, problem, { offset });
  }

  /** The marker at an offset of `view`. */
  markerOf(view: DataView, at: number): number {
    return readMarker(view, at, this);
  }

  async markerAt(at: number): Promise<number> {
    return this.markerOf(await readView(this.#bytes, at, this.marker), 0);
  }

  /** A record that must have `length` bytes between its markers. */
  async exactly(at: number, length: number, what: string): Promise<DataView> {
    const { marker } = this;
    const before = await this.markerAt(at);
    if (before !== length) throw this.fail(at, `the record of ${what} has ${before} bytes, not ${length}`);
    const view = await readView(this.#bytes, at + marker, length + marker);
    const after = this.markerOf(view, length);
    if (after === length) return view;
    throw this.fail(at + marker + length, `the record of ${what} ends with ${after}, not ${length}`);
  }
}

function readMarker(
  view: DataView,
  at: number,
  { little, marker }: { little: boolean; marker: number },
): number {
  if (marker === 4) return view.getInt32(at, little);
  return Number(view.getBigInt64(at, little));
}

/** Find the byte order and the length of markers from the first bytes of a file. */
function readBeginning(name: string, head: DataView): { little: boolean; marker: number } {
  const fail = (offset: number, problem: string) => new FormatError(name, problem, { offset });
  const little = head.getInt32(0, true) === 84;
  const wide = head.getInt32(little ? 4 : 0) === 0;
  const marker = wide ? 8 : 4;
  if (readMarker(head, 0, { little, marker }) !== 84) throw fail(0, 'is no DCD file: it must begin with 84');
  const cord = String.fromCharCode(...new Uint8Array(head.buffer, marker, 4));
  if (cord !== 'CORD') {
    const velocities = cord === 'VELD' ? ' (a file of velocities)' : '';
    throw fail(
      marker,
      `is no DCD file of coordinates: it has ${JSON.stringify(cord)}${velocities}, not "CORD"`,
    );
  }
  return { little, marker };
}

/** The titles, and where the next record begins. */
async function readTitles(
  bytes: Bytes,
  records: Records,
  at: number,
): Promise<{ title: string; next: number }> {
  const { marker, little } = records;
  const claimed = await records.markerAt(at);
  const fail = (problem: string) => records.fail(at, `the record of titles ${problem}`);
  if (claimed < 4 || claimed > MOST_TITLE_BYTES) throw fail(`claims ${claimed} bytes`);
  const lines = (await readView(bytes, at + marker, 4)).getInt32(0, little);
  let titleBytes = claimed;
  if ((await records.markerAt(at + marker + claimed)) !== claimed) {
    // MDAnalysis before 0.18 wrote more lines than the marker says, so the length is computed from the number of lines.
    titleBytes = 4 + LINE_BYTES * lines;
    if (lines < 0 || titleBytes > MOST_TITLE_BYTES) throw fail(`claims ${claimed} bytes and ${lines} lines`);
    const after = await records.markerAt(at + marker + titleBytes);
    if (after !== claimed && after !== titleBytes)
      throw fail(
        `claims ${claimed} bytes, and does not end there, nor after the ${lines} lines that it claims`,
      );
  }
  const text = await readView(bytes, at + marker, titleBytes);
  const titles: string[] = [];
  for (let from = 4; from < titleBytes; from += LINE_BYTES) {
    const line = new Uint8Array(text.buffer, from, Math.min(LINE_BYTES, titleBytes - from));
    // Bytes after a zero are garbage from the writer's memory.
    const title = new TextDecoder('latin1').decode(line).split('\0', 1)[0].trim();
    if (title !== '') titles.push(title);
  }
  return { title: titles.join('; '), next: at + titleBytes + 2 * marker };
}

/** The indexes of the atoms that move. */
async function readMoving(records: Records, at: number, atoms: number, free: number): Promise<Int32Array> {
  const list = await records.exactly(at, 4 * free, `the ${free} atoms that move`);
  const moving = new Int32Array(free);
  for (let i = 0; i < free; i++) {
    moving[i] = list.getInt32(4 * i, records.little) - 1;
    if (moving[i] >= 0 && moving[i] < atoms) continue;
    const problem = `an atom that moves is ${moving[i] + 1}; allowed are 1 to ${atoms}`;
    throw records.fail(at + records.marker + 4 * i, problem);
  }
  return moving;
}

async function readHeader(bytes: Bytes): Promise<Header> {
  const { name } = bytes;
  const { little, marker } = readBeginning(name, await readView(bytes, 0, 16));
  const records = new Records(bytes, little, marker);
  const fail = (offset: number, problem: string) => records.fail(offset, problem);
  const head = await records.exactly(0, 84, 'the header');
  const control = (i: number) => head.getInt32(4 + 4 * i, little);
  const charmm = control(19) !== 0;
  const fixed = control(8);
  const hasCell = charmm && control(10) !== 0;

  let at = 84 + 2 * marker;
  const { title, next } = await readTitles(bytes, records, at);
  at = next;
  const atoms = (await records.exactly(at, 4, 'the number of atoms')).getInt32(0, little);
  if (atoms < 1 || atoms > 2 ** 29) throw fail(at + marker, `claims ${atoms} atoms`);
  // Check that the file can hold that many atoms before memory is allocated. For a stream this is not known yet.
  if (12 * (atoms - Math.max(0, fixed)) > bytes.byteLength) {
    throw fail(
      at + marker,
      `claims ${atoms} atoms, for which the file's ${bytes.byteLength} bytes are too few`,
    );
  }
  if (fixed < 0 || fixed >= atoms) throw fail(36 + marker, `claims ${fixed} fixed atoms of ${atoms}`);
  at += 4 + 2 * marker;

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
    moving = await readMoving(records, at, atoms, free);
    at += 4 * free + 2 * marker;
  }

  let cellBytes = 0;
  if (hasCell && at + marker <= bytes.byteLength) {
    cellBytes = CELL_BYTES + 2 * marker;
    const found = bytes.sequential ? CELL_BYTES : await records.markerAt(at);
    if (found !== CELL_BYTES)
      throw frameError(name, 0, at, `its unit cell takes ${found} bytes, not ${CELL_BYTES}`);
  }
  return {
    little,
    marker,
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

/** Check the markers in a frame, and pass the offsets of x, y and z to `write`. */
function readPlanes(
  name: string,
  header: Header,
  view: DataView,
  place: { index: number; offset: number; bytes: number },
  atoms: number,
  write: (axis: number, from: number) => void,
): void {
  const { marker, cellBytes, fourth } = header;
  const planeBytes = 4 * atoms;
  const check = (at: number, wanted: number, what: string) => {
    const found = readMarker(view, at, header);
    if (found === wanted) return;
    throw frameError(
      name,
      place.index,
      place.offset + at,
      `the record of ${what} is marked with ${found} bytes; it must have ${wanted}`,
    );
  };
  let at = 0;
  if (cellBytes > 0) {
    check(0, CELL_BYTES, 'the unit cell');
    check(cellBytes - marker, CELL_BYTES, 'the unit cell');
    at = cellBytes;
  }
  for (let axis = 0; axis < (fourth ? 4 : 3); axis++) {
    check(at, planeBytes, `${'xyzw'[axis]} of ${atoms} atoms`);
    check(at + marker + planeBytes, planeBytes, `${'xyzw'[axis]} of ${atoms} atoms`);
    if (axis < 3) write(axis, at + marker);
    at += planeBytes + 2 * marker;
  }
}

function formatOf(bytes: Bytes, header: Header, skips: boolean): FrameFormat {
  const { name } = bytes;
  const { atoms, little, marker, moving, first, cellBytes, fourth } = header;
  const lengthOf = (n: number) => cellBytes + (fourth ? 4 : 3) * (4 * n + 2 * marker);
  const firstBytes = lengthOf(atoms);
  const laterBytes = lengthOf(moving?.length ?? atoms);
  /** The coordinates of the first frame, which is the only one with the fixed atoms. */
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
    summary: `DCD (${header.program}), ${little ? 'little' : 'big'}-endian${
      marker === 8 ? ', markers of 64 bits' : ''
    }${cellBytes > 0 ? ', with unit cell' : ''}${moving ? `, ${atoms - moving.length} atoms fixed` : ''}`,
  };
  if (bytes.sequential) return format;

  const size = bytes.byteLength - first;
  const rows = size === 0 ? 0 : size < firstBytes ? 0.5 : 1 + (size - firstBytes) / laterBytes;
  const whole = Math.floor(rows);
  if (whole === rows) return { ...format, rows, place };
  const last = place(whole);
  const torn = endsWithin(name, last, bytes.byteLength - last.offset);
  if (!skips || whole === 0) throw torn;
  return { ...format, rows: whole, place, torn };
}

/**
 * Read a DCD file as rows of 3 * atoms numbers in nanometers, float32.
 *
 * The number of frames is computed from the length of the file. If the header has another number, as after a run that
 * was stopped, there is one warning (`DCD_FRAMES`).
 * Errors: `FormatError` with frame and byte offset if a marker has a wrong length, or the file ends within a frame.
 */
export async function openDcd(
  bytes: Bytes,
  options: TrajectoryOptions & { signal?: AbortSignal; onWarning?(warning: CoppiceWarning): void } = {},
): Promise<TrajectorySource> {
  const header = await readHeader(bytes);
  const format = formatOf(bytes, header, skipsBadFrames(options));
  const { rows } = format;
  if (header.moving && rows) {
    const place = format.place!(0);
    const view = await readView(bytes, place.offset, place.bytes);
    format.decode(view, place, new Float32Array(3 * header.atoms), 0, header.atoms);
  }
  // Some programs write 0 and never replace it.
  if (rows !== undefined && header.frames !== rows && header.frames !== 0 && !format.torn) {
    const message = `${bytes.name}: its header promises ${header.frames} frames, and it has ${rows}, which are read`;
    if (options.onWarning) options.onWarning({ code: 'DCD_FRAMES', message });
    else console.warn(message);
  }
  return openFrames(bytes, format, options);
}
