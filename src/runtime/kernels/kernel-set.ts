/** Modules of kernels. Those of one engine share its memory; a set is compiled once, when a call first needs it. */
import { compileKernels } from './binary.ts';

export interface KernelSet {
  compile(): Promise<WebAssembly.Module>;
}

/** Distances, linkage, assignment: what every engine has. */
export const CORE: KernelSet = { compile: compileKernels };

/** Linkage in linear memory, single, centroid and median linkage, leaf ordering, k-means, graphs, sequences. A file of its own, which a page that only makes two passes never asks for. */
export const EXTRA: KernelSet = {
  compile: async () => (await import('./binary.extra.ts')).compileKernels(),
};

const compiled = new Map<KernelSet, Promise<WebAssembly.Module>>();

/** The module of a set. What failed is tried again by the next call. */
export function moduleOf(set: KernelSet): Promise<WebAssembly.Module> {
  let module = compiled.get(set);
  if (!module) {
    module = set.compile();
    compiled.set(set, module);
    module.catch(() => compiled.delete(set));
  }
  return module;
}
