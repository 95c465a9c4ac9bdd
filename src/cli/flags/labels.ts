import { type Command, Option } from 'commander';
import type { LabelFormat } from '../../sinks/labels.ts';

/** What a command has to say of its labels. */
export interface LabelFlags {
  out?: string;
  outFormat?: LabelFormat;
  distances?: boolean;
}

/** @param what of --out, for help; its formats but for .parquet are those of --out-format */
export function addLabels(command: Command, what: string): Command {
  return command
    .option('--out <file>', `${what}; - for standard output`)
    .addOption(
      new Option(
        '--out-format <name>',
        "format of --out where its name does not say (default: csv for '-')",
      ).choices(['npy', 'csv', 'parquet']),
    );
}
