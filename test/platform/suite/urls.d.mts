import type { SuiteResult } from './suite.mjs';

export function runUrls(api: object, sources: object, base: string, only?: string): Promise<SuiteResult>;
