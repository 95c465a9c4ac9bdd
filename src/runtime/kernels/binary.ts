/** The kernels, gzipped, as text inside the JavaScript: what every consumer and bundler can load. See binary.edge.ts. */
import packed from '../../../build/kernels/packed.js';
import { compilePacked } from './unpack.ts';

/** @throws PlatformError where the platform cannot have them */
export function compileKernels(): Promise<WebAssembly.Module> {
  return compilePacked(packed);
}
