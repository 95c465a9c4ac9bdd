/** Why a field of a text table is not a number. */

import { advice, type Message, option, say } from '../../messages.ts';
import type { FieldRules } from '../chunks/column-facts.ts';
import { MISSING_ADVICE } from '../chunks/missing-options.ts';
import { looksLikeName } from './csv-layout.ts';
import type { Flaw } from './rows.ts';

/** The advice for text where numbers are needed. */
export const leaveColumn = (field: string): Message =>
  advice(
    'leave-column',
    say` (leave the column out with ${option('columns')}, or name it ${option('idColumn')})`,
    field,
  );

/** How fields become numbers. */
export interface Rules extends FieldRules {
  /** Missing values become NaN, and are no bad values. */
  keepMissing: boolean;
}

const SHOWN_LETTERS = 40;

/** The problem of a field that is not a number, in a column counted from 1. */
export function flawOf(field: string, column: number, rules: Rules): Flaw {
  const text = JSON.stringify(field.length > SHOWN_LETTERS ? `${field.slice(0, SHOWN_LETTERS)}...` : field);
  if (rules.isMissing(field)) {
    const what = field.trim() === '' ? 'the field is empty' : `${text} is a missing value`;
    return {
      problem: `${what}; a number is needed`,
      advice: say` (${MISSING_ADVICE})`,
      column,
      reason: 'MISSING_VALUE',
    };
  }
  if (/^\s*[-+]?\d+,\d+\s*$/.test(field)) {
    return {
      problem: `${text} is not a number here`,
      advice: say`; for a decimal comma use ${option('decimal', ',')}`,
      column,
    };
  }
  if (looksLikeName(field, rules)) {
    return {
      problem: `${text} is not a number`,
      advice: leaveColumn(field),
      column,
      reason: 'TEXT_COLUMN',
    };
  }
  return { problem: `${text} is not a finite number`, column, single: true };
}
