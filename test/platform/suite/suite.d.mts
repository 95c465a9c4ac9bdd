export interface SuiteResult {
  digests: Record<string, string>;
  warnings: string[];
  ms: Record<string, number>;
}
export function casesOf(
  api: object,
  sources: object,
  sequences: object,
): Record<string, () => Promise<string>>;
export function runSuite(
  api: object,
  sources: object,
  sequences: object,
  only?: string,
): Promise<SuiteResult>;
