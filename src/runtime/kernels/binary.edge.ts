/**
 * The kernels as a module that the platform has compiled, for runtimes that cannot compile bytes (workerd).
 * The build uses this file instead of binary.ts for the export condition "workerd".
 */
// @ts-expect-error The platform gives a WebAssembly.Module for a .wasm file.
import kernels from './kernels.wasm';

export async function compileKernels(): Promise<WebAssembly.Module> {
  return kernels as WebAssembly.Module;
}
