export function bundle(options?: { workerd?: boolean }): Promise<string>;
export const KERNELS: string[];
