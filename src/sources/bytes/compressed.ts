/**
 * Files that are compressed as a whole (`data.csv.gz`, `data.npy.zst`), as streams. They have no random access, so every
 * pass decompresses them from the front. gzip is decompressed by the platform.
 * Formats: https://www.rfc-editor.org/rfc/rfc1952, https://www.rfc-editor.org/rfc/rfc8878
 */

import { asOurs, FormatError, MemoryLimitError, PlatformError } from '../../errors.ts';
import { pause } from '../../support/scheduling.ts';
import type { ZstdLimits } from '../compression/zstd.ts';
import type { Bytes } from './bytes.ts';
import { type Decompress, throughZlib } from './inflate.ts';
import { type LimitOptions, readerRoom } from './limits.ts';
import { openPieces } from './once.ts';
import { GZIP_BYTES, LONGER_WINDOWS, MOST_WINDOW_BYTES, STREAM_BYTES } from './reader-room.ts';
import { Forward, HEAD_BYTES, passOver, StreamBytes } from './stream.ts';

interface Decompressor {
  decompress: Decompress;
  /** As in `Bytes`. */
  heldBytes: number;
}

/**
 * Bytes per read of the compressed file. The number is small since the whole output of one piece is held in memory, which
 * with gzip may be a thousand times as long.
 */
const PIECE_BYTES = 16 * 1024;

const MAGIC = {
  gzip: [0x1f, 0x8b],
  zstd: [0x28, 0xb5, 0x2f, 0xfd],
};

/** Whether bytes begin with a zstd frame to skip. The last four bits of its magic number may have any value. */
const isSkippable = ([a, b, c, d]: Uint8Array) =>
  (a & 0xf0) === 0x50 && b === 0x2a && c === 0x4d && d === 0x18;

/** The bytes of a file, or of a part of it, in small pieces. */
export async function* piecesOf(
  file: Bytes,
  signal: AbortSignal,
  start = 0,
  end = file.byteLength,
): AsyncGenerator<Uint8Array, void> {
  const { bytes } = passOver(file, signal);
  const release = bytes.hold();
  const room = new Uint8Array(PIECE_BYTES);
  try {
    for (let at = start; at < end; ) {
      signal.throwIfAborted();
      const got = await bytes.readInto(room.subarray(0, Math.min(room.length, end - at)), at);
      if (got === 0) return;
      at += got;
      // A copy: the decompressor may keep it while the next one is read.
      yield room.slice(0, got);
    }
  } finally {
    await release();
  }
}

async function gzip({ name }: Bytes): Promise<Decompressor> {
  const native = throughZlib((zlib) => zlib.createGunzip());
  if (native) return { decompress: native, heldBytes: GZIP_BYTES };
  if (typeof DecompressionStream !== 'undefined') {
    return { decompress: (await import('./gzip-members.ts')).throughStream, heldBytes: GZIP_BYTES };
  }
  throw new PlatformError(
    `${name}: is compressed with gzip, and this platform has neither DecompressionStream nor node:zlib; decompress it first`,
  );
}

/** A zstd window takes this many times its length: the buffer that it slides in is longer. */
const WINDOW_FACTOR = 1.25;
/** Frames after the first may have a window of this part of the reader's room, or one as long as the first frame's. */
const LATER_PART = 1 / 16;

/**
 * The longest zstd windows that are allowed. That of the first frame must fit in the reader's room. Memory is planned
 * when the file is opened, before later frames are known, so less is allowed for them.
 */
function windowLimits(name: string, options: LimitOptions, firstBytes: number): ZstdLimits {
  const room = readerRoom(options);
  const most = options.memoryLimit !== undefined && LONGER_WINDOWS ? Infinity : MOST_WINDOW_BYTES;
  const windowBytes = Math.min(most, room / WINDOW_FACTOR);
  if (firstBytes > windowBytes) {
    const neededFor = (bytes: number) => Math.ceil(2 * WINDOW_FACTOR * bytes);
    return { name, windowBytes, neededFor, allowedBytes: neededFor(windowBytes) };
  }
  const laterBytes = Math.min(most, room * LATER_PART);
  const neededFor = (bytes: number) => Math.ceil((2 * bytes) / LATER_PART);
  return { name, windowBytes: Math.max(firstBytes, laterBytes), neededFor, allowedBytes: 2 * room };
}

/**
 * Decompress zstd with our own code on every platform. Node has a decompressor from version 22.15 on, but if a file has
 * several frames, it stops after the first one without an error (tested with 24.21). `cat a.zst b.zst` and parallel
 * compressors write such files.
 */
async function zstd(bytes: Bytes, options: LimitOptions): Promise<Decompressor> {
  const { firstWindow, zstdPieces } = await import('../compression/zstd.ts');
  const first = await firstWindow((start, end) => bytes.slice(start, Math.min(end, bytes.byteLength)));
  const limits = windowLimits(bytes.name, options, first);
  return {
    decompress: (pieces) => zstdPieces(pieces, limits, pause),
    heldBytes: STREAM_BYTES + Math.ceil(WINDOW_FACTOR * limits.windowBytes),
  };
}

/**
 * The decompressed content of a file, as bytes without random access. A file that is not compressed is returned as it is.
 *
 * Errors, also while reading: `FormatError` when the file is damaged or truncated, or its checksum does not match;
 * `MemoryLimitError` when its zstd window is longer than the limit allows.
 */
export async function unpack(
  bytes: Bytes,
  options: LimitOptions & { signal?: AbortSignal } = {},
): Promise<Bytes> {
  const { signal } = options;
  const first = await bytes.slice(0, Math.min(4, bytes.byteLength));
  const is = (magic: number[]) => magic.every((byte, i) => first[i] === byte);
  // Parallel compressors begin with a frame to skip.
  const skips = isSkippable(first);
  const kind = is(MAGIC.gzip) ? 'gzip' : is(MAGIC.zstd) || skips ? 'zstd' : undefined;
  if (!kind) {
    const magic = /\.gz$/i.test(bytes.name) ? MAGIC.gzip : /\.zstd?$/i.test(bytes.name) ? MAGIC.zstd : [];
    if (first.length < magic.length && magic.join().startsWith(first.join())) {
      throw new FormatError(bytes.name, 'is cut short within its first bytes', { offset: first.length });
    }
    return bytes;
  }
  const { name } = bytes;
  const { decompress, heldBytes } = await (kind === 'gzip' ? gzip(bytes) : zstd(bytes, options));

  async function* begin(_: number, stop: AbortSignal): AsyncGenerator<Uint8Array, void> {
    // An error of reading the file is thrown as it is, not as an error of decompressing.
    let failed: { error: unknown } | undefined;
    let read = 0;
    const pieces = (async function* () {
      const source = piecesOf(bytes, stop);
      try {
        for (;;) {
          const step = await source.next().catch((error) => {
            failed = { error };
            throw error;
          });
          if (step.done) return;
          read += step.value.length;
          yield step.value;
        }
      } finally {
        await source.return();
      }
    })();
    try {
      yield* decompress(pieces);
    } catch (cause) {
      stop.throwIfAborted();
      if (failed) throw failed.error;
      const error = asOurs(cause, `${name}: decompressing it`);
      if (error instanceof MemoryLimitError || error instanceof PlatformError) throw error;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new FormatError(
        name,
        `cannot be decompressed (${kind}): ${reason}; it is damaged or was cut short`,
        { offset: read, cause },
      );
    } finally {
      // A Node stream ends before its input is closed. Wait for that, or the file would stay open for a moment.
      await pieces.return().catch(() => {});
    }
  }

  const close = () => bytes.close();
  if (bytes.once) return openPieces((stop) => begin(0, stop), { name, signal, close, heldBytes });
  const head = new Uint8Array(HEAD_BYTES);
  const forward = new Forward(begin, Infinity, signal);
  try {
    const length = await forward.read(head, 0);
    if (length === 0) throw new FormatError(name, 'is empty when decompressed');
    return new StreamBytes(name, begin, head.slice(0, length), close, heldBytes);
  } finally {
    await forward.close();
  }
}
