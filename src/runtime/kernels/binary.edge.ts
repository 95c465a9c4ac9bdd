/**
 * The kernels as a module that the platform has compiled, for runtimes that make no code from bytes (workerd).
 * The build puts this in the place of binary.ts for the condition "workerd".
 */
// @ts-expect-error The platform gives a WebAssembly.Module for a .wasm file.
import kernels from './kernels.wasm';

export async function compileKernels(): Promise<WebAssembly.Module> {
  return kernels as WebAssembly.Module;
}
