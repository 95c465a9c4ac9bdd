/** Options that say how rows are prepared before they are clustered. */

import { type Command, Option } from 'commander';
import { checkPrepareOptions, type PrepareOptions } from '../../sources/prepare/prepare.ts';
import type { PreparationStep } from '../../types.ts';
import { asUsage } from '../terminal/errors.ts';
import * as values from './values.ts';

export interface TransposeFlags {
  transpose?: boolean;
}

export interface PreparingFlags extends TransposeFlags {
  log2?: boolean;
  log1p?: boolean;
  quantile?: boolean;
  center?: boolean;
  scale?: 'zscore' | 'minmax';
  scaleRows?: boolean;
  unit?: boolean;
  weights?: Record<string, number>;
}

export function addTranspose(command: Command): Command {
  return command.option('--transpose', 'take the columns of the table as rows; it must fit in memory');
}

/** The options of `prepare`, in the order in which the steps are done. */
export function addPreparing(command: Command, { transpose = true } = {}): Command {
  command.optionsGroup('Preparing, in this order:');
  if (transpose) addTranspose(command);
  return command
    .addOption(new Option('--log2', 'log2(x + 1) of every number').conflicts('log1p'))
    .option('--log1p', 'ln(x + 1) of every number')
    .option('--quantile', 'give each row the same distribution, by ranks (quantile normalisation)')
    .option('--center', 'subtract the mean of each column')
    .addOption(
      new Option(
        '--scale <how>',
        'columns: zscore (mean 0, standard deviation 1, of which the variance divides by n; that of heatmap by n - 1) or minmax (from 0 to 1)',
      ).choices(['zscore', 'minmax']),
    )
    .option('--scale-rows', 'z-score of each row')
    .option('--unit', 'scale each row to length 1')
    .option(
      '--weights <list>',
      'multiply columns, by name or index from 0: age=2,weight=0.5',
      values.weights,
    );
}

/** The library's options for these flags; undefined if rows are not prepared. @throws UsageError */
export function prepareOptions(flags: PreparingFlags): PrepareOptions | undefined {
  const { log2, log1p, quantile, center, scale, scaleRows, unit, weights } = flags;
  const given = {
    log2,
    log1p,
    quantile,
    center,
    scale,
    rows: scaleRows ? ('zscore' as const) : undefined,
    unit,
    weights,
  };
  const options = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  if (Object.keys(options).length === 0) return undefined;
  asUsage(() => checkPrepareOptions(options));
  return options;
}

const WORDS: Record<PreparationStep['step'], string> = {
  log2: 'log2(x + 1)',
  log1p: 'ln(x + 1)',
  quantile: 'the same distribution in each row',
  center: 'centred columns',
  zscore: 'z-scores of columns',
  minmax: 'columns from 0 to 1',
  rows: 'z-scores of rows',
  unit: 'rows of length 1',
  weights: 'weights of columns',
};

/** 'log2(x + 1), z-scores of columns' */
export function stepsInWords(steps: readonly PreparationStep['step'][]): string {
  return steps.map((step) => WORDS[step]).join(', ');
}
