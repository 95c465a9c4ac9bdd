/** The kernels as text inside the JavaScript: what every consumer and bundler can load. See binary.edge.ts. */
import base64 from '../../build/kernels/wasm.js';
import { PlatformError } from '../errors.ts';

/** @throws PlatformError where the platform cannot have them */
export async function compileKernels(): Promise<WebAssembly.Module> {
  if (typeof WebAssembly !== 'object') {
    throw new PlatformError('Coppice needs WebAssembly, which this platform does not have');
  }
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  try {
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    throw new PlatformError(
      'Coppice needs WebAssembly with SIMD and atomics, and a content security policy must allow it ' +
        `(script-src 'wasm-unsafe-eval'): ${cause instanceof Error ? cause.message : cause}`,
      { cause },
    );
  }
}
