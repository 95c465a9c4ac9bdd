/**
 * What the readers of trajectories do alike: find a frame, read about a megabyte at once, give rows of x, y, z.
 * A format says how long a frame is and what its bytes mean; it sees no file.
 */

import { FormatError, rangeError } from '../../errors.ts';
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
  /** Coordinates that are NaN or infinite: an error (default), or passed on with 'nan', for who skips such rows. */
  nulls?: 'error' | 'nan';
  /**
   * What to do with a last frame that is torn, as after a run that was stopped: an error (default), or with 'skip' the
   * whole frames before it are read, with one warning (`TORN_FRAME`). A frame without coordinates, or with some that
   * are not finite, is then a row of NaN, for who skips bad rows.
   */
  onBadRow?: 'error' | 'skip';
}

/** An open trajectory: rows are frames, columns x, y, z of each atom in nanometers. */
export interface TrajectorySource extends Source {
  readonly name: string;
  readonly format: TrajectoryFormat;
  readonly dtype: 'f4';
  /** Frames in the file: `rows` by its other name. */
  readonly frames: number | undefined;
  /** Atoms in the file. */
  readonly atoms: number;
  /** Indexes of the atoms that rows are made of, where a selection was given. */
  readonly selected: readonly number[] | undefined;
  readonly topology: Topology | undefined;
  readonly title: string | undefined;
  /** In the file; coordinates are given in nanometers whatever it is. */
  readonly units: string;
  /** Picoseconds between the first two frames, where the file says when they are. */
  readonly timeStep: number | undefined;
  /** Lengths of the first frame's box vectors, in nanometers, where it has one. */
  readonly box: readonly number[] | undefined;
  /** In one line, for people. */
  readonly summary: string;
}

/** Those that decoders may write beyond the last one wanted. */
const MORE_ATOMS = 10;

/** What open is asked to do with frames that cannot be had. @throws RangeError */
export function skipsBadFrames({ onBadRow = 'error' }: TrajectoryOptions): boolean {
  if (onBadRow === 'error' || onBadRow === 'skip') return onBadRow === 'skip';
  throw rangeError(`onBadRow: got ${JSON.stringify(onBadRow)}; allowed are 'error' and 'skip'`);
}

class Trajectory {
  rows: number | undefined;
  private place: ((index: number) => FramePlace) | undefined;
  private largest = 0;
  indexBytes = 0;

  constructor(
    private readonly bytes: Bytes,
    private readonly format: FrameFormat,
    private readonly selected: readonly number[] | undefined,
    private readonly anyNumber: boolean,
    /** Where torn frames are to be left out. */
    private readonly onTorn: ((error: Error) => void) | undefined,
  ) {
    this.rows = format.rows;
    this.place = format.place?.bind(format);
    if (this.place && this.rows) this.largest = this.place(0).bytes;
  }

  get cols(): number {
    return 3 * (this.selected?.length ?? this.format.atoms);
  }

  get overheadBytes(): number {
    const { largest } = this;
    const scratch = this.selected ? 12 * this.format.atoms : 0;
    return SPAN_BYTES + 2 * largest + 8 * (largest > SPAN_BYTES ? 0 : largest) + this.indexBytes + scratch;
  }

  /** What is to be expected from the first frame, before others are known. */
  expect(frameBytes: number): void {
    this.largest = Math.max(this.largest, frameBytes);
    const { byteLength, sequential } = this.bytes;
    if (!sequential && frameBytes > 0) this.indexBytes = Math.ceil((16 * byteLength) / frameBytes);
  }

  /** Find all frames by their heads. */
  async index(signal: AbortSignal | undefined): Promise<void> {
    const offsets = new Offsets();
    let end = this.format.first;
    const { bytes, format, onTorn } = this;
    for await (const { place } of walk(bytes, new Window(bytes), format, () => false, { onTorn })) {
      signal?.throwIfAborted();
      offsets.push(place.offset);
      end = place.offset + place.bytes;
      this.largest = Math.max(this.largest, place.bytes);
    }
    offsets.push(end);
    this.settle(offsets);
  }

  private settle(offsets: Offsets): void {
    const { rows: before, bytes } = this;
    if (before !== undefined && before !== offsets.frames) {
      throw new FormatError(
        bytes.name,
        `had ${before} frames when it was read before and now has ${offsets.frames}`,
      );
    }
    this.rows = offsets.frames;
    if (bytes.sequential || this.place) return;
    this.indexBytes = offsets.bytes;
    this.place = (index) => offsets.place(index);
  }

  chunks(request: ChunkOptions): AsyncGenerator<Chunk, void, undefined> {
    const range = rowRange(request, this.rows);
    return this.place && this.rows !== undefined ? this.known(range, this.place) : this.walked(range);
  }

  /** Decodes frames; each pass has its own, since it keeps a frame for a selection of atoms. */
  private decoder() {
    const { bytes, format, selected, anyNumber } = this;
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
        // Of what is not finite the difference to itself is not 0.
        if (target[i] - target[i] === 0) continue;
        const column = i - to;
        const atom = selected ? selected[Math.floor(column / 3)] : Math.floor(column / 3);
        const what = `${'xyz'[column % 3]} of atom ${atom} is ${target[i]}`;
        throw frameError(bytes.name, place.index, place.offset, what);
      }
    };
  }

  /** Frames whose places are known. */
  private async *known(
    range: RowRange,
    place: (index: number) => FramePlace,
  ): AsyncGenerator<Chunk, void, undefined> {
    const { bytes, stop } = passOver(this.bytes, range.signal);
    const decode = this.decoder();
    const { cols, largest } = this;
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
        // Each read is small and on its own; a few at a time hide the way there.
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

  /** Frames of which each must be met to find the next. */
  private async *walked(range: RowRange): AsyncGenerator<Chunk, void, undefined> {
    range.signal?.throwIfAborted();
    const { bytes } = passOver(this.bytes, range.signal);
    const release = bytes.hold();
    try {
      const decode = this.decoder();
      const offsets = new Offsets();
      const { first, step, end } = range;
      const wants = (index: number) => index >= first && index < end && (index - first) % step === 0;
      let builder: ChunkBuilder | undefined;
      // As far as to the end of the file, unless it is known to go on.
      const limit = end < (this.rows ?? Infinity) ? end : Infinity;
      let next = this.format.first;
      const options = { end: limit, onTorn: this.onTorn };
      for await (const { place, view } of walk(bytes, new Window(bytes), this.format, wants, options)) {
        range.signal?.throwIfAborted();
        offsets.push(place.offset);
        next = place.offset + place.bytes;
        this.largest = Math.max(this.largest, place.bytes);
        if (!view) {
          builder?.take();
          continue;
        }
        // Not before a frame is there in full: until then its size is only a claim.
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
      if (limit === Infinity) this.settle(offsets);
      const chunk = builder?.rest();
      if (chunk) yield chunk;
    } finally {
      await release();
    }
  }
}

/** Length of each of three vectors that follow one another; `undefined` where there is no box. */
function boxLengths(box: readonly number[] | undefined): number[] | undefined {
  if (!box) return undefined;
  const lengths = [0, 3, 6].map((i) => Math.hypot(box[i], box[i + 1], box[i + 2]));
  return lengths.every((length) => length > 0 && Number.isFinite(length)) ? lengths : undefined;
}

/** The time between two frames as it was meant: they are written in float32. */
function between(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return undefined;
  const step = Number((b - a).toPrecision(6));
  return Number.isFinite(step) && step > 0 ? step : undefined;
}

/**
 * A trajectory as a source.
 *
 * Where frames have to be met to be counted, that is done once when a file or Blob is opened, reading their heads
 * alone where they are long; from a server or a stream `rows` is known after the first whole pass.
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
  if (options.nulls !== undefined && options.nulls !== 'error' && options.nulls !== 'nan') {
    throw rangeError(`nulls: got ${JSON.stringify(options.nulls)}; allowed are 'error' and 'nan'`);
  }
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
  // Plans are made with it before and after a pass, which must not differ because frames were found meanwhile.
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

/** The length of the first frame, and what the first two say of themselves; the second's faults are told when it is read. */
async function lookAtFirst(bytes: Bytes, format: FrameFormat) {
  const window = new Window(bytes);
  const { first, headBytes } = format;
  const head = await window.view(first, headBytes, NEAR_BYTES);
  if (head.length <= 0) return { bytes: 0, moments: [] };
  const length = format.measure(head.view, head.length, 0, first);
  if (!format.moment) return { bytes: length, moments: [] };
  const moments = [format.moment(head.view, head.length)];
  // What has to be fetched, or comes from front to back, is not fetched for this.
  if ((bytes.remote || bytes.sequential) && length > NEAR_BYTES - headBytes)
    return { bytes: length, moments };
  const second = await window.view(first + length, headBytes, headBytes);
  try {
    format.measure(second.view, second.length, 1, first + length);
    moments.push(format.moment(second.view, second.length));
  } catch {}
  return { bytes: length, moments };
}
