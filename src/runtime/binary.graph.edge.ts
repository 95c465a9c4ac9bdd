/** As binary.edge.ts, the kernels for graphs and sequences. */
// @ts-expect-error The platform gives a WebAssembly.Module for a .wasm file.
import kernels from './graph.wasm';

export async function compileKernels(): Promise<WebAssembly.Module> {
  return kernels as WebAssembly.Module;
}
