/**
 * The two modules of kernels. They share the memory of an engine. Each is compiled once, when a call first needs it.
 */
import { compileKernels } from './binary.ts';

export interface KernelSet {
  compile(): Promise<WebAssembly.Module>;
}

/** Distances of the common metrics, linkage, assignment. Every engine has these. */
export const CORE: KernelSet = { compile: compileKernels };

/**
 * Distances of the other metrics, linkage in linear memory, single, centroid and median linkage, leaf ordering, k-means,
 * graphs, sequences. They are in a separate file, so that a page loads them only if a call needs them.
 */
export const EXTRA: KernelSet = {
  compile: async () => (await import('./binary.extra.ts')).compileKernels(),
};

const compiled = new Map<KernelSet, Promise<WebAssembly.Module>>();

/** The compiled module of a set. After a failure, the next call tries again. */
export function moduleOf(set: KernelSet): Promise<WebAssembly.Module> {
  let module = compiled.get(set);
  if (!module) {
    module = set.compile();
    compiled.set(set, module);
    module.catch(() => compiled.delete(set));
  }
  return module;
}
