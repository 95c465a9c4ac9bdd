import type { Command } from 'commander';
import { UsageError } from '../terminal/errors.ts';
import { isCalled } from './values.ts';

export interface ReportFlags {
  report?: string;
}

export function addReport(command: Command): Command {
  return command.option(
    '--report <file>',
    'a page to read and pass on, without scripts: clusters, pictures, parameters, and the command that repeats it: .html',
  );
}

/** @throws UsageError for another extension */
export function checkReport({ report }: ReportFlags): void {
  if (report === undefined || isCalled(report, 'html')) return;
  throw new UsageError(`--report must name a .html file, got ${JSON.stringify(report)}`);
}
