/**
 * The part that all trajectory readers share: it finds frames, reads about a megabyte at a time, and returns rows of
 * x, y, z. A format only computes the length of a frame and decodes its bytes; it does not read the file.
 */

import { FormatError } from '../../errors.ts';
import { checkOneOf } from '../../support/checks.ts';
import { pause } from '../../support/scheduling.ts';
import type { Chunk, ChunkOptions, CoppiceWarning, FloatArray, Source } from '../../types.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { passOver } from '../bytes/stream.ts';
import { ChunkBuilder, countRows, type RowRange, readChunks, rowRange, several } from '../chunks/rows.ts';
import {
  endsWithin,
  type FrameFormat,
  type FramePlace,
  frameError,
  GAP_BYTES,
  NEAR_BYTES,
  Offsets,
  SPAN_BYTES,
  type TrajectoryFormat,
  Window,
  walk,
} from './frame-walk.ts';
import { type AtomSelection, selectAtoms, type Topology } from './topology.ts';
import { readTopology, type TopologyInput } from './topology-file.ts';

/** Options of `open` for XTC, TRR, DCD and NetCDF trajectories. */
export interface TrajectoryOptions {
  /** Atoms to keep, by index or by the topology's names. Default: all. */
  atoms?: AtomSelection;
  /** A PDB or GRO file that names the atoms: these formats hold coordinates alone. */
  topology?: TopologyInput;
  /** Coordinates that are NaN or infinite: an error (default), or with 'nan' passed on, for calls that skip bad rows. */
  nulls?: 'error' | 'nan';
  /**
   * What to do with an incomplete last frame, as after a run that was stopped. Default: an error. With 'skip' the
   * complete frames before it are read, with one warning (`TORN_FRAME`). Then a frame without coordinates is a row of
   * NaN, and coordinates that are not finite are passed on, for calls that skip bad rows.
   */
  onBadRow?: 'error' | 'skip';
}

/** An open trajectory: rows are frames, columns x, y, z of each atom in nanometers. */
export interface TrajectorySource extends Source {
  readonly name: string;
  readonly format: TrajectoryFormat;
  readonly dtype: 'f4';
  /** Number of frames in the file; the same as `rows`. */
  readonly frames: number | undefined;
  /** Number of atoms in the file. */
  readonly atoms: number;
  /** Indexes of the selected atoms, if a selection was given. */
  readonly selected: readonly number[] | undefined;
  readonly topology: Topology | undefined;
  readonly title: string | undefined;
  /** Unit of length in the file. Rows are always in nanometers. */
  readonly units: string;
  /** Picoseconds between the first two frames, if the file has their times. */
  readonly timeStep: number | undefined;
  /** Lengths of the box vectors of the first frame in nanometers, if it has a box. */
  readonly box: readonly number[] | undefined;
  /** A description in one line. */
  readonly summary: string;
}

/** Number of atoms that decoders may write after the last wanted one. */
const MORE_ATOMS = 10;

/** Whether bad frames are skipped; checks the option `onBadRow`. @throws RangeError */
export function skipsBadFrames({ onBadRow = 'error' }: TrajectoryOptions): boolean {
  checkOneOf(onBadRow, 'onBadRow', ['error', 'skip']);
  return onBadRow === 'skip';
}

class Trajectory {
  rows: number | undefined;
  #place: ((index: number) => FramePlace) | undefined;
  #largest = 0;
  indexBytes = 0;

  readonly #bytes: Bytes;
  readonly #format: FrameFormat;
  readonly #selected: readonly number[] | undefined;
  readonly #anyNumber: boolean;
  /** Called for an incomplete last frame, if it is to be left out. */
  readonly #onTorn: ((error: Error) => void) | undefined;

  constructor(
    bytes: Bytes,
    format: FrameFormat,
    selected: readonly number[] | undefined,
    anyNumber: boolean,
    onTorn: ((error: Error) => void) | undefined,
  ) {
    this.#bytes = bytes;
    this.#format = format;
    this.#selected = selected;
    this.#anyNumber = anyNumber;
    this.#onTorn = onTorn;
    this.rows = format.rows;
    this.#place = format.place?.bind(format);
    if (this.#place && this.rows) this.#largest = this.#place(0).bytes;
  }

  get cols(): number {
    return 3 * (this.#selected?.length ?? this.#format.atoms);
  }

  get overheadBytes(): number {
    const largest = this.#largest;
    const scratch = this.#selected ? 12 * this.#format.atoms : 0;
    return SPAN_BYTES + 2 * largest + 8 * (largest > SPAN_BYTES ? 0 : largest) + this.indexBytes + scratch;
  }

  /** Estimate the memory from the first frame, before the others are known. */
  expect(frameBytes: number): void {
    this.#largest = Math.max(this.#largest, frameBytes);
    const { byteLength, sequential } = this.#bytes;
    if (!sequential && frameBytes > 0) this.indexBytes = Math.ceil((16 * byteLength) / frameBytes);
  }

  /** Find all frames by reading their heads. */
  async index(signal: AbortSignal | undefined): Promise<void> {
    const offsets = new Offsets();
    let end = this.#format.first;
    const bytes = this.#bytes;
    const format = this.#format;
    const onTorn = this.#onTorn;
    for await (const { place } of walk(bytes, new Window(bytes), format, () => false, { onTorn })) {
      signal?.throwIfAborted();
      offsets.push(place.offset);
      end = place.offset + place.bytes;
      this.#largest = Math.max(this.#largest, place.bytes);
    }
    offsets.push(end);
    this.#settle(offsets);
  }

  #settle(offsets: Offsets): void {
    const { rows: before } = this;
    const bytes = this.#bytes;
    if (before !== undefined && before !== offsets.frames) {
      throw new FormatError(
        bytes.name,
        `had ${before} frames when it was read before and now has ${offsets.frames}`,
      );
    }
    this.rows = offsets.frames;
    if (bytes.sequential || this.#place) return;
    this.indexBytes = offsets.bytes;
    this.#place = (index) => offsets.place(index);
  }

  chunks(request: ChunkOptions): AsyncGenerator<Chunk, void, undefined> {
    const range = rowRange(request, this.rows);
    return this.#place && this.rows !== undefined ? this.#known(range, this.#place) : this.#walked(range);
  }

  /** Returns a function that decodes frames. Each pass has its own, since it keeps a buffer if atoms are selected. */
  #decoder() {
    const bytes = this.#bytes;
    const format = this.#format;
    const selected = this.#selected;
    const anyNumber = this.#anyNumber;
    const upto = selected ? selected.reduce((a, b) => Math.max(a, b)) + 1 : format.atoms;
    const cols = this.cols;
    let frame: Float32Array | undefined;
    return (view: DataView, place: FramePlace, target: Float32Array, to: number): void => {
      if (selected) {
        frame ??= new Float32Array(3 * (upto + MORE_ATOMS));
        format.decode(view, place, frame, 0, upto);
        for (let i = 0, at = to; i < selected.length; i++) {
          const from = 3 * selected[i];
          target[at++] = frame[from];
          target[at++] = frame[from + 1];
          target[at++] = frame[from + 2];
        }
      } else {
        format.decode(view, place, target, to, upto);
      }
      for (let i = anyNumber ? to + cols : to; i < to + cols; i++) {
        // x - x is 0 for finite numbers, else NaN.
        if (target[i] - target[i] === 0) continue;
        const column = i - to;
        const atom = selected ? selected[Math.floor(column / 3)] : Math.floor(column / 3);
        const what = `${'xyz'[column % 3]} of atom ${atom} is ${target[i]}`;
        throw frameError(bytes.name, place.index, place.offset, what);
      }
    };
  }

  /** Read frames whose positions are known. */
  async *#known(
    range: RowRange,
    place: (index: number) => FramePlace,
  ): AsyncGenerator<Chunk, void, undefined> {
    const { bytes, stop } = passOver(this.#bytes, range.signal);
    const decode = this.#decoder();
    const { cols } = this;
    const largest = this.#largest;
    const { step } = range;
    const apart = (step - 1) * largest >= (bytes.gapBytes ?? GAP_BYTES);
    const window = new Window(bytes);
    const last = range.end > range.first ? place(range.first + (countRows(range) - 1) * step) : undefined;
    const until = apart || !last ? 0 : last.offset + last.bytes;
    const one = async (index: number, from: Window, until: number, target: Float32Array, to: number) => {
      const at = place(index);
      const { view, length } = await from.view(at.offset, at.bytes, Math.min(SPAN_BYTES, until - at.offset));
      if (length < at.bytes) throw endsWithin(bytes.name, at, length);
      range.signal?.throwIfAborted();
      decode(view, at, target, to);
      await pause();
    };
    const idle: Window[] = [];
    const alone = async (index: number, target: Float32Array, to: number) => {
      const own = idle.pop() ?? new Window(bytes);
      await one(index, own, 0, target, to);
      idle.push(own);
    };
    const load = async (target: FloatArray, row: number, count: number): Promise<void> => {
      const into = target as Float32Array;
      if (apart && largest <= SPAN_BYTES && !bytes.sequential) {
        // Each frame is a small separate read. A few at a time hide the latency.
        await several(count, (i) => alone(row + i * step, into, i * cols));
        return;
      }
      for (let i = 0; i < count; i++) await one(row + i * step, window, until, into, i * cols);
    };
    const release = bytes.hold();
    const finish = async () => {
      for (const used of [window, ...idle]) used.release();
      await release();
    };
    yield* readChunks(range, 'f4', cols, load, finish, stop);
  }

  /** Read frames whose positions are not known: each one must be read to find the next. */
  async *#walked(range: RowRange): AsyncGenerator<Chunk, void, undefined> {
    range.signal?.throwIfAborted();
    const { bytes } = passOver(this.#bytes, range.signal);
    const release = bytes.hold();
    try {
      const decode = this.#decoder();
      const offsets = new Offsets();
      const { first, step, end } = range;
      const wants = (index: number) => index >= first && index < end && (index - first) % step === 0;
      let builder: ChunkBuilder | undefined;
      // Walk to the end of the file, unless it is known that frames follow after the range.
      const limit = end < (this.rows ?? Infinity) ? end : Infinity;
      let next = this.#format.first;
      const options = { end: limit, onTorn: this.#onTorn };
      for await (const { place, view } of walk(bytes, new Window(bytes), this.#format, wants, options)) {
        range.signal?.throwIfAborted();
        offsets.push(place.offset);
        next = place.offset + place.bytes;
        this.#largest = Math.max(this.#largest, place.bytes);
        if (!view) {
          builder?.take();
          continue;
        }
        // Memory is allocated only after a complete frame has been read: before that its size is only a claim.
        if (!builder) {
          builder = new ChunkBuilder(range, 'f4', this.cols);
          builder.row = place.index;
        }
        const at = builder.take();
        decode(view, place, builder.data as Float32Array, at);
        const chunk = builder.keep();
        if (chunk) yield chunk;
      }
      range.signal?.throwIfAborted();
      offsets.push(next);
      if (limit === Infinity) this.#settle(offsets);
      const chunk = builder?.rest();
      if (chunk) yield chunk;
    } finally {
      await release();
    }
  }
}

/** Lengths of the three box vectors; `undefined` if there is no box. */
function boxLengths(box: readonly number[] | undefined): number[] | undefined {
  if (!box) return undefined;
  const lengths = [0, 3, 6].map((i) =>
    Math.sqrt(box[i] * box[i] + box[i + 1] * box[i + 1] + box[i + 2] * box[i + 2]),
  );
  return lengths.every((length) => length > 0 && Number.isFinite(length)) ? lengths : undefined;
}

/** The time between two frames, rounded to 6 digits, since times are stored as float32. */
function between(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return undefined;
  const step = Number((b - a).toPrecision(6));
  return Number.isFinite(step) && step > 0 ? step : undefined;
}

/**
 * Open a trajectory as a source.
 *
 * If the number of frames is not known from the header, frames are counted once when a file or Blob is opened. Of long
 * frames only the heads are read for this. For a server or a stream `rows` is known after the first whole pass.
 */
export async function openFrames(
  bytes: Bytes,
  format: FrameFormat,
  options: TrajectoryOptions & { signal?: AbortSignal; onWarning?(warning: CoppiceWarning): void },
): Promise<TrajectorySource> {
  const { name } = bytes;
  const { atoms } = format;
  const warn = (warning: CoppiceWarning) =>
    options.onWarning ? options.onWarning(warning) : console.warn(warning.message);
  const skips = skipsBadFrames(options);
  if (options.nulls !== undefined) checkOneOf(options.nulls, 'nulls', ['error', 'nan']);
  const topology =
    options.topology === undefined ? undefined : await readTopology(options.topology, name, atoms, warn);
  const selected =
    options.atoms === undefined
      ? undefined
      : selectAtoms(options.atoms, atoms, () => {
          if (topology) return topology;
          throw new FormatError(
            name,
            'has no names of atoms, so they can only be chosen by index, or by the names of a PDB or GRO file: ' +
              'pass it as topology',
          );
        });
  let warned = false;
  const onTorn = ({ message }: Error) => {
    if (!warned) warn({ code: 'TORN_FRAME', message: `${message}; it is left out` });
    warned = true;
  };
  const anyNumber = skips || options.nulls === 'nan';
  const trajectory = new Trajectory(bytes, format, selected, anyNumber, skips ? onTorn : undefined);
  if (format.torn) onTorn(format.torn);
  const release = bytes.hold();
  let moments: { time?: number; box?: number[] }[] = [];
  try {
    if (!format.place) {
      const first = await lookAtFirst(bytes, format);
      moments = first.moments;
      trajectory.expect(first.bytes);
    }
    if (!format.place && !bytes.remote && !bytes.sequential) await trajectory.index(options.signal);
  } finally {
    await release();
  }
  // Kept constant: memory plans made before and after a pass must be equal, although more frames are known after it.
  const { overheadBytes } = trajectory;
  return {
    format: format.format,
    name,
    get rows() {
      return trajectory.rows;
    },
    get frames() {
      return trajectory.rows;
    },
    cols: trajectory.cols,
    dtype: 'f4',
    overheadBytes,
    atoms,
    selected,
    topology,
    title: format.title,
    units: format.units,
    timeStep: between(moments[0]?.time, moments[1]?.time),
    box: boxLengths(moments[0]?.box),
    summary: format.summary,
    chunks: (request) => trajectory.chunks(request),
    close: () => bytes.close(),
  };
}

/**
 * The length of the first frame, and the times and boxes of the first two. Errors in the second frame are thrown when it
 * is read.
 */
async function lookAtFirst(bytes: Bytes, format: FrameFormat) {
  const window = new Window(bytes);
  const { first, headBytes } = format;
  const head = await window.view(first, headBytes, NEAR_BYTES);
  if (head.length <= 0) return { bytes: 0, moments: [] };
  const length = format.measure(head.view, head.length, 0, first);
  if (!format.moment) return { bytes: length, moments: [] };
  const moments = [format.moment(head.view, head.length)];
  // If the second frame is far away, it is not fetched from a server or a stream only for this.
  if ((bytes.remote || bytes.sequential) && length > NEAR_BYTES - headBytes)
    return { bytes: length, moments };
  const second = await window.view(first + length, headBytes, headBytes);
  try {
    format.measure(second.view, second.length, 1, first + length);
    moments.push(format.moment(second.view, second.length));
  } catch {}
  return { bytes: length, moments };
}
