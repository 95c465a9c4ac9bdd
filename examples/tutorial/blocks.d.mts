/** Types of blocks.mjs, for the tests. */

export interface Block {
  language: string;
  /** The line, from 1, that the code begins on. */
  line: number;
  code: string;
}

export interface Result {
  line: number;
  code: string;
  printed: string[];
  /** What the block's comments say that it prints. */
  expected: string[];
}

export function readBlocks(markdown: string): Block[];
export function runBlocks(file: string, options: { cwd: string; prelude?: string }): Promise<Result[]>;
export function writeResults(markdown: string, results: readonly Result[]): string;
