/** The kernels, gzipped, as text inside the JavaScript: what every consumer and bundler can load. See binary.edge.ts. */
import packed from '../../build/kernels/packed.js';
import { PlatformError } from '../errors.ts';
import { builtin } from './platform.ts';

async function unpack(bytes: Uint8Array<ArrayBuffer>): Promise<BufferSource> {
  // First what is there already: in Node the stream would load a dozen milliseconds of fetch.
  const zlib = builtin('node:zlib') as { gunzipSync(bytes: Uint8Array): Uint8Array<ArrayBuffer> } | undefined;
  if (zlib) return zlib.gunzipSync(bytes);
  if (typeof DecompressionStream === 'function') {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
    return new Response(stream).arrayBuffer();
  }
  throw new PlatformError('Coppice needs DecompressionStream or node:zlib, and this platform has neither');
}

/** @throws PlatformError where the platform cannot have them */
export async function compileKernels(): Promise<WebAssembly.Module> {
  if (typeof WebAssembly !== 'object') {
    throw new PlatformError('Coppice needs WebAssembly, which this platform does not have');
  }
  const text = atob(packed);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  const kernels = await unpack(bytes);
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
