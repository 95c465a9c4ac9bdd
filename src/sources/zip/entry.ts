/**
 * A file of a zip archive as bytes: stored ones with random access, deflated ones from front to back. Whoever reads one
 * from its first byte to its last one in order has its checksum verified.
 */

import { asOurs, FormatError } from '../../errors.ts';
import { crc32 } from '../../support/numbers/crc32.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { readExactly, sliceByReading } from '../bytes/bytes.ts';
import { piecesOf } from '../bytes/compressed.ts';
import { inflateRaw } from '../bytes/inflate.ts';
import { Forward, HEAD_BYTES, passOver, StreamBytes } from '../bytes/stream.ts';
import { dataOffset, type ZipArchive, type ZipEntry } from './archive.ts';

/** Bytes per read when only the checksum is wanted. */
const BLOCK_BYTES = 2 ** 20;
/** A pass may begin behind a header of this length. The header is then read for the checksum. */
const MOST_SKIPPED_BYTES = 2 ** 17;

function wrongSum(name: string): FormatError {
  return new FormatError(name, 'it is damaged: its checksum (CRC-32) does not match');
}

/** The bytes of a stored file: a part of the archive. */
class StoredBytes implements Bytes {
  readonly byteLength: number;
  readonly memory?: Uint8Array;
  readonly remote: boolean | undefined;
  readonly gapBytes: number | undefined;

  readonly #file: Bytes;
  readonly #entry: ZipEntry;
  readonly #offset: number;

  constructor(
    readonly name: string,
    file: Bytes,
    entry: ZipEntry,
    offset: number,
  ) {
    this.#file = file;
    this.#entry = entry;
    this.#offset = offset;
    this.byteLength = entry.byteLength;
    this.remote = file.remote;
    this.gapBytes = file.gapBytes;
    if (file.memory) this.memory = file.memory.subarray(offset, offset + entry.byteLength);
  }

  readInto(target: Uint8Array, start: number): Promise<number> {
    return this.#readFrom(this.#file, target, start);
  }

  async #readFrom(file: Bytes, target: Uint8Array, start: number): Promise<number> {
    const room = Math.max(0, Math.min(target.length, this.byteLength - start));
    return room === 0 ? 0 : file.readInto(target.subarray(0, room), this.#offset + start);
  }

  slice(start: number, end: number): Promise<Uint8Array> {
    return sliceByReading(this, start, end);
  }

  hold(): () => Promise<void> {
    return this.#file.hold();
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  /** Reads that follow one another from the front are summed up, and the sum is compared at the end. */
  pass(signal?: AbortSignal): Bytes {
    const { name, byteLength } = this;
    const entry = this.#entry;
    const { bytes: file, stop } = passOver(this.#file, signal);
    const release = file.hold();
    let at = 0;
    let sum = 0;
    const take = (part: Uint8Array) => {
      sum = crc32(part, sum);
      at += part.length;
      if (at === byteLength && sum !== entry.crc) throw wrongSum(name);
    };
    const readInto = async (target: Uint8Array, start: number): Promise<number> => {
      if (at === 0 && start > 0 && start <= MOST_SKIPPED_BYTES) {
        const before = new Uint8Array(start);
        at = await this.#readFrom(file, before, 0);
        sum = crc32(before);
      }
      const got = await this.#readFrom(file, target, start);
      if (start === at) take(target.subarray(0, got));
      else at = Number.POSITIVE_INFINITY;
      return got;
    };
    const close = async () => {
      stop?.();
      await release();
    };
    return {
      ...{ name, byteLength, readInto, close },
      ...{ remote: this.remote, gapBytes: this.gapBytes },
      slice: async (start, end) => {
        const target = new Uint8Array(Math.max(0, Math.min(end, byteLength) - start));
        return target.subarray(0, await readInto(target, start));
      },
      hold: () => close,
    };
  }
}

/** The bytes of a deflated file. Its length is known, though it comes only from front to back. */
class InflatedBytes extends StreamBytes {
  override readonly byteLength: number;

  constructor(
    file: Bytes,
    name: string,
    begin: (start: number, stop: AbortSignal) => AsyncIterable<Uint8Array>,
    head: Uint8Array,
    byteLength: number,
  ) {
    super(name, begin, head, () => file.close());
    this.byteLength = byteLength;
  }
}

/**
 * The bytes of a file in an archive.
 *
 * Memory: for a deflated file the platform's decompressor, and 256 kB of its beginning.
 * Errors, also while reading: `FormatError` if it is damaged, does not have its announced length, or its checksum is wrong.
 */
export async function openEntry(archive: ZipArchive, entry: ZipEntry, name: string): Promise<Bytes> {
  const { file } = archive;
  const release = file.hold();
  try {
    const offset = await dataOffset(archive, entry);
    if (entry.method === 0) return new StoredBytes(name, file, entry, offset);
    const inflate = inflateRaw(name);
    const { byteLength, packedBytes, crc } = entry;

    async function* begin(_: number, stop: AbortSignal): AsyncGenerator<Uint8Array, void> {
      let failed: { error: unknown } | undefined;
      const pieces = (async function* () {
        try {
          yield* piecesOf(file, stop, offset, offset + packedBytes);
        } catch (error) {
          failed = { error };
          throw error;
        }
      })();
      let made = 0;
      let sum = 0;
      const length = (what: string) =>
        new FormatError(
          name,
          `it is damaged: ${what} bytes come out of it where ${byteLength} were announced`,
        );
      try {
        for await (const piece of inflate(pieces)) {
          made += piece.length;
          if (made > byteLength) throw length('more');
          sum = crc32(piece, sum);
          yield piece;
        }
        if (made < byteLength) throw length(`only ${made}`);
        if (sum !== crc) throw wrongSum(name);
      } catch (cause) {
        stop.throwIfAborted();
        if (failed) throw failed.error;
        if (cause instanceof FormatError) throw cause;
        const error = asOurs(cause, `${name}: decompressing it`);
        if ((error as { code?: string }).code === 'ERR_PLATFORM') throw error;
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new FormatError(name, `it cannot be decompressed (deflate): ${reason}; it is damaged`, {
          cause,
        });
      } finally {
        await pieces.return().catch(() => {});
      }
    }

    const head = new Uint8Array(Math.min(HEAD_BYTES, byteLength));
    const forward = new Forward(begin, Number.POSITIVE_INFINITY);
    try {
      const got = await forward.read(head, 0);
      // One byte more, so that a short file is verified to its end.
      if (byteLength < HEAD_BYTES) await forward.read(new Uint8Array(1), got);
      return new InflatedBytes(file, name, begin, head.subarray(0, got), byteLength);
    } finally {
      await forward.close();
    }
  } finally {
    await release();
  }
}

/** Read a file of an archive from front to back only for its checksum. @throws FormatError if it is wrong */
export async function verify(bytes: Bytes, signal?: AbortSignal): Promise<void> {
  const pass = bytes.pass?.(signal);
  if (!pass) return;
  const block = new Uint8Array(Math.min(BLOCK_BYTES, bytes.byteLength));
  try {
    for (let at = 0; at < bytes.byteLength; at += block.length) {
      signal?.throwIfAborted();
      await readExactly(pass, block.subarray(0, Math.min(block.length, bytes.byteLength - at)), at);
    }
  } finally {
    await pass.close();
  }
}
