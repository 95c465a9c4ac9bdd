/** As binary.ts, for the extra kernels (EXTRA in kernel-set.ts). */
import packed from '../../../build/kernels/extra.js';
import { compilePacked } from './unpack.ts';

/** @throws PlatformError if the platform cannot compile them */
export function compileKernels(): Promise<WebAssembly.Module> {
  return compilePacked(packed);
}
