/** As binary.ts, the kernels for graphs and sequences. */
import packed from '../../build/kernels/graph.js';
import { compilePacked } from './unpack.ts';

/** @throws PlatformError where the platform cannot have them */
export function compileKernels(): Promise<WebAssembly.Module> {
  return compilePacked(packed);
}
