/** Where the frames of a trajectory are, what is wrong with one, and the way from one to the next. */

import { FormatError } from '../../errors.ts';
import { pause } from '../../support/scheduling.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { giveBuffer, takeBuffer } from '../chunks/rows.ts';

/** A frame in the file. */
export interface FramePlace {
  index: number;
  offset: number;
  bytes: number;
}

/** What a format knows of its frames. */
export interface FrameFormat {
  format: TrajectoryFormat;
  atoms: number;
  /** Where the first frame begins. */
  first: number;
  /** Frames, where the header and the length of the file tell. */
  rows?: number;
  /** Where a frame is, if that can be told without looking. */
  place?(index: number): FramePlace;
  /** Bytes between frames, of other things. */
  gapBytes?: number;
  /** Frames that there are at most, whatever follows them. */
  most?: number;
  /** Bytes at the beginning of a frame from which its length can be told. */
  headBytes: number;
  /** The length of a frame, by its first bytes: `headBytes`, or fewer at the end of the file. @throws FormatError */
  measure(view: DataView, length: number, index: number, offset: number): number;
  /**
   * Write x, y, z of the first `atoms` atoms to `target` from `to` on. `view` begins with the frame, and 32 bytes
   * follow it. Where not all are wanted there is room for 10 more. @throws FormatError
   */
  decode(view: DataView, place: FramePlace, target: Float32Array, to: number, atoms: number): void;
  /** What is to be said of a last frame that is left out because it is torn. */
  torn?: FormatError;
  /** The time of a frame in picoseconds and its box's vectors in nanometers, by its first bytes. */
  moment?(view: DataView, length: number): { time?: number; box?: number[] };
  title?: string;
  units: string;
  summary: string;
}

/** Read at once. */
export const SPAN_BYTES = 2 ** 20;
/** A look at the first frames. */
export const NEAR_BYTES = 64 * 1024;
/** A gap this long costs more to read than to step over with a read call of its own (about 15 us). */
export const GAP_BYTES = 64 * 1024;
/** What decoders may read beyond a frame's end without looking. */
const SLACK_BYTES = 32;

/** What is wrong with a frame, and where. */
export function frameError(name: string, index: number, offset: number, problem: string): FormatError {
  return new FormatError(name, `frame ${index}: ${problem}`, { offset });
}

/** Errors of frames within which the file ends. */
const TORN = new WeakSet<Error>();

/**
 * The file ends within a frame that begins at `offset`, of which `had` bytes are there. Those before it can be had by
 * cutting the file, as after a run that was stopped.
 */
export function endsWithin(
  name: string,
  { index, offset, bytes }: { index: number; offset: number; bytes?: number },
  had: number,
): FormatError {
  const parts: string[] = [];
  if (bytes !== undefined) parts.push(`it has ${bytes} bytes, and ${had} are there`);
  if (index > 0) {
    parts.push(`the frames before it are the first ${offset} bytes, and all that onBadRow: 'skip' reads`);
  }
  const more = parts.length > 0 ? `: ${parts.join('; ')}` : '';
  const error = frameError(name, index, offset + had, `the file ends within it${more}`);
  // The first frame cannot be done without.
  if (index > 0) TORN.add(error);
  return error;
}

/** A part of the file in memory. What it gives lasts until the next read. */
export class Window {
  private buffer = new Uint8Array(0);
  private start = 0;
  private length = 0;

  constructor(private readonly bytes: Bytes) {}

  /** Hand on its memory. */
  release(): void {
    giveBuffer(this.buffer.buffer);
    this.buffer = new Uint8Array(0);
    this.length = 0;
  }

  /**
   * The bytes from `offset` on, up to `wanted` of them: fewer at the end of the file. Where they have to be read, so
   * is what follows, up to `ahead` in all.
   */
  async view(offset: number, wanted: number, ahead: number): Promise<{ view: DataView; length: number }> {
    const inside = offset - this.start;
    if (inside < 0 || offset + wanted > this.start + this.length) {
      await this.fill(offset, wanted, Math.max(wanted, ahead));
    }
    const { buffer } = this;
    const at = offset - this.start;
    return {
      view: new DataView(buffer.buffer, buffer.byteOffset + at, buffer.length - at),
      length: Math.min(wanted, this.length - at),
    };
  }

  private async fill(offset: number, wanted: number, ahead: number): Promise<void> {
    const { bytes } = this;
    const kept = this.start + this.length - offset;
    const known = offset >= this.start && kept > 0;
    let length = known ? kept : 0;
    const old = this.buffer;
    // Of a stream the length is not known, so what a header says is believed only as far as bytes come.
    const most = Math.min(ahead, bytes.byteLength - offset);
    let room = bytes.byteLength === Infinity ? Math.min(most, 4 * SPAN_BYTES) : most;
    if (old.length < Math.max(room, length) + SLACK_BYTES) {
      this.buffer = new Uint8Array(takeBuffer(Math.max(room, length) + SLACK_BYTES));
    }
    if (known) this.buffer.set(old.subarray(offset - this.start, this.length));
    if (this.buffer !== old) giveBuffer(old.buffer);
    this.start = offset;
    this.length = length;
    while (length < most) {
      const target = this.buffer.subarray(length, room);
      const got = await bytes.readInto(target, offset + length);
      length += got;
      this.length = length;
      if (got < target.length || length >= wanted) break;
      room = Math.min(most, 2 * room);
      const larger = new Uint8Array(room + SLACK_BYTES);
      larger.set(this.buffer.subarray(0, length));
      this.buffer = larger;
    }
    this.buffer.fill(0, length, length + SLACK_BYTES);
  }
}

/** Where frames begin; they follow one another. The last entry is where the last ends. */
export class Offsets {
  private list = new Float64Array(1024);
  private count = 0;

  push(offset: number): void {
    if (this.count === this.list.length) {
      const larger = new Float64Array(2 * this.count);
      larger.set(this.list);
      this.list = larger;
    }
    this.list[this.count++] = offset;
  }

  get frames(): number {
    return this.count - 1;
  }

  get bytes(): number {
    return this.list.byteLength;
  }

  place(index: number): FramePlace {
    const offset = this.list[index];
    return { index, offset, bytes: this.list[index + 1] - offset };
  }
}

/** What comes one after another: each frame tells where the next begins. */
export async function* walk(
  bytes: Bytes,
  window: Window,
  format: FrameFormat,
  wants: (index: number) => boolean,
  { end = Infinity, onTorn }: { end?: number; onTorn?: ((error: Error) => void) | undefined } = {},
): AsyncGenerator<{ place: FramePlace; view?: DataView }, void, undefined> {
  const gap = bytes.gapBytes ?? GAP_BYTES;
  let offset = format.first;
  let before = 0;

  const find = async (index: number): Promise<{ place: FramePlace; view?: DataView } | undefined> => {
    const wanted = wants(index);
    // Frames are about as long as the one before: of one that is long and not wanted, its head is enough.
    const ahead = !wanted && before - format.headBytes > gap ? format.headBytes : SPAN_BYTES;
    const head = await window.view(offset, format.headBytes, ahead);
    if (head.length <= 0) return undefined;
    const place = { index, offset, bytes: format.measure(head.view, head.length, index, offset) };
    if (offset + place.bytes > bytes.byteLength)
      throw endsWithin(bytes.name, place, bytes.byteLength - offset);
    if (wanted) {
      const whole = await window.view(offset, place.bytes, SPAN_BYTES);
      if (whole.length < place.bytes) throw endsWithin(bytes.name, place, whole.length);
      return { place, view: whole.view };
    }
    // A stream that ends within a frame that nobody wants ends early all the same.
    if (bytes.byteLength === Infinity) {
      const last = await window.view(offset + place.bytes - 1, 1, SPAN_BYTES);
      if (last.length < 1) throw endsWithin(bytes.name, { index, offset }, last.length);
    }
    return { place };
  };

  try {
    for (let index = 0; index < Math.min(end, format.most ?? Infinity); index++) {
      let found: { place: FramePlace; view?: DataView } | undefined;
      try {
        found = await find(index);
      } catch (error) {
        if (!onTorn || !TORN.has(error as Error)) throw error;
        onTorn(error as Error);
      }
      if (!found) return;
      yield found;
      await pause();
      offset += found.place.bytes + (format.gapBytes ?? 0);
      before = found.place.bytes;
    }
  } finally {
    window.release();
  }
}

/** Formats of trajectories besides HDF5. */
export type TrajectoryFormat = 'xtc' | 'trr' | 'dcd' | 'netcdf';
