/** As binary.edge.ts, for the extra kernels (EXTRA in kernel-set.ts). */
// @ts-expect-error The platform gives a WebAssembly.Module for a .wasm file.
import kernels from './extra.wasm';

export async function compileKernels(): Promise<WebAssembly.Module> {
  return kernels as WebAssembly.Module;
}
