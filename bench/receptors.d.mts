export function receptors(count: number, seed?: number): string[];
