/** Decompression by the platform: Node's `zlib`, which Deno and Bun have too, or `DecompressionStream`. */

import { PlatformError } from '../../errors.ts';
import { platformModule } from '../../support/builtin-module.ts';
import { freeBuffer } from '../../support/free-buffer.ts';

type Pieces = AsyncIterable<Uint8Array>;
export type Decompress = (pieces: Pieces) => Pieces;

/**
 * Decompress with a stream of Node's `zlib`; undefined if the platform does not have it. Pieces of either side are freed when
 * they have been used: the input must consist of whole buffers, and a piece of the output is valid until the next one is
 * requested.
 */
export function throughZlib(
  create: (zlib: typeof import('node:zlib')) => import('node:zlib').Gunzip,
): Decompress | undefined {
  const zlib = platformModule<typeof import('node:zlib')>('node:zlib');
  const stream = platformModule<typeof import('node:stream')>('node:stream');
  if (!zlib || !stream) return undefined;
  return async function* (pieces) {
    const transform = create(zlib);
    const source = pieces[Symbol.asyncIterator]();
    /** Pieces that the decompressor has not used up yet, and the offset of the first of them. */
    const held: Uint8Array[] = [];
    let at = 0;
    const feed = async function* () {
      for (let step = await source.next(); !step.done; step = await source.next()) {
        // A piece is in use until a part of the next one has been used.
        while (held.length > 0 && at + held[0].length < transform.bytesWritten) {
          const done = held.shift() as Uint8Array;
          at += done.length;
          freeBuffer(done);
        }
        held.push(step.value);
        yield step.value;
      }
    };
    const done = new Promise<void>((resolve) => {
      // An error of the pipeline also ends the loop below, with the same reason.
      stream.pipeline(stream.Readable.from(feed()), transform, () => resolve());
    });
    try {
      for await (const piece of transform) {
        // No Buffer leaves this file: its slice() would not be a copy.
        yield new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength);
        freeBuffer(piece);
      }
      transform.destroy();
      await done;
      // The decompressor stops at zeros (padding) and ignores everything after them. Only further zeros are allowed.
      let from = transform.bytesWritten - at;
      for (let piece = held.shift(); piece; piece = held.shift() ?? (await source.next()).value) {
        if (piece.subarray(Math.max(0, from)).some((byte) => byte !== 0)) {
          throw new Error('more follows behind the zeros at its end');
        }
        from -= piece.length;
      }
    } finally {
      transform.destroy();
      await done;
      await source.return?.();
    }
  };
}

/** Decompress deflate without a header, as it is in zip archives. @throws PlatformError if the platform cannot */
export function inflateRaw(name: string): Decompress {
  const native = throughZlib((zlib) => zlib.createInflateRaw() as unknown as import('node:zlib').Gunzip);
  if (native) return native;
  if (typeof DecompressionStream !== 'undefined') return throughStream;
  throw new PlatformError(
    `${name}: is compressed, and this platform has neither DecompressionStream nor node:zlib; unpack it first`,
  );
}

async function* throughStream(pieces: Pieces): AsyncGenerator<Uint8Array, void> {
  const { readable, writable } = new DecompressionStream('deflate-raw');
  const writer = writable.getWriter();
  const reader = readable.getReader();
  const source = pieces[Symbol.asyncIterator]();
  let stopped = false;
  const fed = (async () => {
    for (let step = await source.next(); !step.done && !stopped; step = await source.next()) {
      await writer.write(step.value as Uint8Array<ArrayBuffer>);
    }
    await writer.close();
  })();
  // A failure to write is also a failure to read. A failure of the source has to end the reading.
  fed.catch((error) => writer.abort(error).catch(() => {}));
  try {
    for (let step = await reader.read(); !step.done; step = await reader.read()) yield step.value;
    await fed;
  } finally {
    stopped = true;
    // Not waited for: on some platforms these promises never settle.
    writer.abort().catch(() => {});
    reader.cancel().catch(() => {});
    await source.return?.();
  }
}
