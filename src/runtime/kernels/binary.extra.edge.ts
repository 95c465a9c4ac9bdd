/** As binary.edge.ts, the kernels that two passes have no use for. */
// @ts-expect-error The platform gives a WebAssembly.Module for a .wasm file.
import kernels from './extra.wasm';

export async function compileKernels(): Promise<WebAssembly.Module> {
  return kernels as WebAssembly.Module;
}
