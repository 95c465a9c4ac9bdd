/** Types of run.mjs, for the tests. */
export function tableOf(found: Record<string, number[]>): string;
