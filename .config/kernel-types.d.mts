export const SIGNATURES: string;
export function signatures(): string;
export function writeSignatures(): void;
