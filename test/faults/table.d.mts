export const COMMANDS: Record<string, { args: string[]; outputs?: Record<string, string>; reset?: string[] }>;
