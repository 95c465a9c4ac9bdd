/**
 * The kernels, gzipped, as text inside the JavaScript, which every runtime and bundler can load. See binary.edge.ts.
 */
import packed from '../../../build/kernels/packed.js';
import { compilePacked } from './unpack.ts';

/** @throws PlatformError if the platform cannot compile them */
export function compileKernels(): Promise<WebAssembly.Module> {
  return compilePacked(packed);
}
