/** As binary.ts, the kernels that two passes have no use for. */
import packed from '../../../build/kernels/extra.js';
import { compilePacked } from './unpack.ts';

/** @throws PlatformError where the platform cannot have them */
export function compileKernels(): Promise<WebAssembly.Module> {
  return compilePacked(packed);
}
