import { type Command, Option } from 'commander';
import type { LabelFormat } from '../../sinks/labels.ts';

/** Options for the output of labels. */
export interface LabelFlags {
  out?: string;
  outFormat?: LabelFormat;
  distances?: boolean;
}

/** @param what describes --out in the help; --out-format accepts the formats of label files */
export function addLabels(command: Command, what: string): Command {
  return command
    .option('--out <file>', `${what}; - for standard output`)
    .addOption(
      new Option(
        '--out-format <name>',
        "format of --out if its name does not say (default: csv for '-')",
      ).choices(['npy', 'csv', 'parquet']),
    );
}
