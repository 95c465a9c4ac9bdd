import type { Command } from 'commander';

/** Options for the input's own table with its clusters. */
export interface TableFlags {
  table?: string;
  guardFormulas?: boolean;
  members?: string;
}

export function addTable(command: Command, { members = true } = {}): Command {
  command
    .option(
      '--table <file>',
      'the rows of the input as they are, with the columns cluster, distance and representative: .csv, .tsv or .parquet',
    )
    .option(
      '--guard-formulas',
      "with --table: put ' before texts that spreadsheets take for formulas: those that begin with = + - @",
    );
  if (members) {
    command.option(
      '--members <folder>',
      'a new folder with a file for each cluster: the names of its rows, one per line',
    );
  }
  return command;
}

/** What the help says about --table, after the examples. */
export const TABLE_HELP = `--table keeps every row and the text of every cell, from .csv and .tsv also separators, quotes, encoding and line
ends (a file of the other ending gets the other separator). distance is that to the nearest leader. representative is
the row that stands for the cluster: its leader, or the row nearest to it; by name, or by number from 0. A row that was
skipped has empty cells.`;
