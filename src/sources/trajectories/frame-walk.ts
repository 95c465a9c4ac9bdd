/** Finds the frames of a trajectory one after another, and makes the errors for damaged ones. */

import { FormatError } from '../../errors.ts';
import { join, type Message, option, say } from '../../messages.ts';
import { pause } from '../../support/scheduling.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { giveBuffer, takeBuffer } from '../chunks/rows.ts';

/** Position of a frame in the file. */
export interface FramePlace {
  index: number;
  offset: number;
  bytes: number;
}

/** The description of a file that a format passes to the shared reader. */
export interface FrameFormat {
  format: TrajectoryFormat;
  atoms: number;
  /** Offset of the first frame. */
  first: number;
  /** Number of frames, if it is known from the header and the length of the file. */
  rows?: number;
  /** Position of a frame, if it can be computed without reading the frames before it. */
  place?(index: number): FramePlace;
  /** Bytes between two frames that belong to neither. */
  gapBytes?: number;
  /** Largest number of frames; bytes after them are ignored. */
  most?: number;
  /** Bytes at the beginning of a frame that are needed to find its length. */
  headBytes: number;
  /** The length of a frame, from its first bytes: `headBytes`, or fewer at the end of the file. @throws FormatError */
  measure(view: DataView, length: number, index: number, offset: number): number;
  /**
   * Write x, y, z of the first `atoms` atoms to `target` from `to` on. `view` begins with the frame and has 32 more bytes
   * after it. If not all atoms are wanted, `target` has room for 10 more. @throws FormatError
   */
  decode(view: DataView, place: FramePlace, target: Float32Array, to: number, atoms: number): void;
  /** The error for the last frame, if it is incomplete and left out. */
  torn?: FormatError;
  /** The time of a frame in picoseconds and its box vectors in nanometers, from its first bytes. */
  moment?(view: DataView, length: number): { time?: number; box?: number[] };
  title?: string;
  units: string;
  summary: string;
}

/** Bytes per read. */
export const SPAN_BYTES = 2 ** 20;
/** Bytes that are read to examine the first frames. */
export const NEAR_BYTES = 64 * 1024;
/** A longer gap is skipped: reading it would take longer than a separate read call (about 15 us). */
export const GAP_BYTES = 64 * 1024;
/** Bytes that decoders may read after the end of a frame without a check. */
const SLACK_BYTES = 32;

/** An error in a frame, with its index and offset. */
export function frameError(name: string, index: number, offset: number, problem: Message): FormatError {
  return new FormatError(name, join(`frame ${index}: `, problem), { offset });
}

/** The errors that report an incomplete frame at the end of the file. */
const TORN = new WeakSet<Error>();

/**
 * The error for a file that ends within a frame, as after a run that was stopped. The frame begins at `offset`, and `had`
 * bytes of it are there. The message says how many bytes the complete frames before it have.
 */
export function endsWithin(
  name: string,
  { index, offset, bytes }: { index: number; offset: number; bytes?: number },
  had: number,
): FormatError {
  const has = bytes === undefined ? '' : `: it has ${bytes} bytes, and ${had} are there`;
  const before =
    index === 0
      ? ''
      : say`${has === '' ? ':' : ';'} the frames before it are the first ${offset} bytes, and all that ${option('onBadRow', 'skip')} reads`;
  const error = frameError(name, index, offset + had, join('the file ends within it', has, before));
  // An incomplete first frame cannot be skipped, since no frame would be left.
  if (index > 0) TORN.add(error);
  return error;
}

/** A part of the file in memory. A view of it is valid until the next read. */
export class Window {
  #buffer = new Uint8Array(0);
  #start = 0;
  #length = 0;

  readonly #bytes: Bytes;

  constructor(bytes: Bytes) {
    this.#bytes = bytes;
  }

  /** Release its memory for reuse. */
  release(): void {
    giveBuffer(this.#buffer.buffer);
    this.#buffer = new Uint8Array(0);
    this.#length = 0;
  }

  /**
   * The `wanted` bytes from `offset` on; fewer at the end of the file. If they have to be read, following bytes are read
   * too, up to `ahead` bytes in all.
   */
  async view(offset: number, wanted: number, ahead: number): Promise<{ view: DataView; length: number }> {
    const inside = offset - this.#start;
    if (inside < 0 || offset + wanted > this.#start + this.#length) {
      await this.#fill(offset, wanted, Math.max(wanted, ahead));
    }
    const buffer = this.#buffer;
    const at = offset - this.#start;
    return {
      view: new DataView(buffer.buffer, buffer.byteOffset + at, buffer.length - at),
      length: Math.min(wanted, this.#length - at),
    };
  }

  async #fill(offset: number, wanted: number, ahead: number): Promise<void> {
    const bytes = this.#bytes;
    const kept = this.#start + this.#length - offset;
    const known = offset >= this.#start && kept > 0;
    let length = known ? kept : 0;
    const old = this.#buffer;
    // The length of a stream is not known, and a header may claim any length. So the buffer grows only as bytes arrive.
    const most = Math.min(ahead, bytes.byteLength - offset);
    let room = bytes.byteLength === Infinity ? Math.min(most, 4 * SPAN_BYTES) : most;
    if (old.length < Math.max(room, length) + SLACK_BYTES) {
      this.#buffer = new Uint8Array(takeBuffer(Math.max(room, length) + SLACK_BYTES));
    }
    if (known) this.#buffer.set(old.subarray(offset - this.#start, this.#length));
    if (this.#buffer !== old) giveBuffer(old.buffer);
    this.#start = offset;
    this.#length = length;
    while (length < most) {
      const target = this.#buffer.subarray(length, room);
      const got = await bytes.readInto(target, offset + length);
      length += got;
      this.#length = length;
      if (got < target.length || length >= wanted) break;
      room = Math.min(most, 2 * room);
      const larger = new Uint8Array(room + SLACK_BYTES);
      larger.set(this.#buffer.subarray(0, length));
      this.#buffer = larger;
    }
    this.#buffer.fill(0, length, length + SLACK_BYTES);
  }
}

/** Offsets of consecutive frames. The last entry is the end of the last frame. */
export class Offsets {
  #list = new Float64Array(1024);
  #count = 0;

  push(offset: number): void {
    if (this.#count === this.#list.length) {
      const larger = new Float64Array(2 * this.#count);
      larger.set(this.#list);
      this.#list = larger;
    }
    this.#list[this.#count++] = offset;
  }

  get frames(): number {
    return this.#count - 1;
  }

  get bytes(): number {
    return this.#list.byteLength;
  }

  place(index: number): FramePlace {
    const offset = this.#list[index];
    return { index, offset, bytes: this.#list[index + 1] - offset };
  }
}

/** Find the frames of a file one after another: the length of each tells where the next begins. */
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
    // A frame is about as long as the one before. If it is long and not wanted, only its head is read.
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
    // A stream may also end within a frame that is not wanted, which is an error too.
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
