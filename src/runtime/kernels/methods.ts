/** Numbers that host and kernels share. Made from assembly/ by the build (.config/kernel-types.mjs): not to be edited. */

/* From assembly/linkage/lance-williams.ts: the place of a name is the number that kernels know. */

/** Linkage methods. */
export const METHOD_NAMES = [
  'single',
  'complete',
  'average',
  'weighted',
  'centroid',
  'median',
  'ward',
] as const;
