import { PlatformError } from '../../errors.ts';
import { builtin } from '../../support/builtin-module.ts';
import { sharesMemory } from '../threads/platform.ts';

async function unpack(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  // Try zlib first: in Node, Response would load fetch, which takes some 12 ms.
  const zlib = builtin('node:zlib') as { gunzipSync(bytes: Uint8Array): Uint8Array<ArrayBuffer> } | undefined;
  if (zlib) return zlib.gunzipSync(bytes);
  if (typeof DecompressionStream === 'function') {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }
  throw new PlatformError('Coppice needs DecompressionStream or node:zlib, and this platform has neither');
}

/** Decode base64, with the platform's own function if it has one: it needs no warm-up. */
function decode(text: string): Uint8Array<ArrayBuffer> {
  const { fromBase64 } = Uint8Array as { fromBase64?(text: string): Uint8Array<ArrayBuffer> };
  if (fromBase64) return fromBase64.call(Uint8Array, text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/**
 * Compile kernels that are stored as gzipped base64.
 * @throws PlatformError if the platform cannot compile them
 */
export async function compilePacked(packed: string): Promise<WebAssembly.Module> {
  if (typeof WebAssembly !== 'object') {
    throw new PlatformError('Coppice needs WebAssembly, which this platform does not have');
  }
  let kernels = await unpack(decode(packed));
  if (!sharesMemory()) kernels = (await import('./unshared.ts')).unshare(kernels);
  try {
    return await WebAssembly.compile(kernels);
  } catch (cause) {
    throw new PlatformError(
      'Coppice needs WebAssembly with SIMD and atomics, and a content security policy must allow it ' +
        `(script-src 'wasm-unsafe-eval'): ${cause instanceof Error ? cause.message : cause}`,
      { cause },
    );
  }
}
