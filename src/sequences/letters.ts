/** What text is a sequence of amino acids. */

import { rangeError } from '../errors.ts';
import { AMINO_ACIDS } from './properties.ts';

const IS_AMINO_ACID = (() => {
  const table = new Uint8Array(128);
  for (const letter of AMINO_ACIDS) table[letter.charCodeAt(0)] = 1;
  return table;
})();

/** What tables have where nothing is known. The first two would pass for sequences. */
const MISSING = /^(na|nan|n\/a|<na>|none|null)$/i;
/** Nucleotides are amino acids by their letters; no sequence of so many of these alone is known. */
const MOST_OF_FOUR_LETTERS = 8;
const NUCLEOTIDES = /^[acgtun]+$/i;

/** The place of the first character that is no amino acid, or -1. */
export function firstWrong(sequence: string): number {
  for (let i = 0; i < sequence.length; i++) if (IS_AMINO_ACID[sequence.charCodeAt(i)] !== 1) return i;
  return -1;
}

/** Whether a field says that there is no value. */
export function isMissing(text: string): boolean {
  return MISSING.test(text);
}

/** Whether a text is DNA or RNA. */
export function isNucleotides(text: string): boolean {
  return text.length > MOST_OF_FOUR_LETTERS && NUCLEOTIDES.test(text);
}

/** @throws RangeError for DNA or RNA; `what` names the text */
export function refuseNucleotides(text: string, what: string): void {
  if (isNucleotides(text)) {
    throw rangeError(`${what} is of nucleotides (${shown(text)}); sequences of amino acids are needed`);
  }
}

function shown(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text);
}

/** Why a text is no sequence, and at which character from 0; undefined where it is one. */
export function flawOf(text: string): { problem: string; at: number } | undefined {
  if (text === '') return { problem: 'the field is empty; a sequence is needed', at: 0 };
  if (isMissing(text)) return { problem: `${shown(text)} is a missing value; a sequence is needed`, at: 0 };
  if (isNucleotides(text)) {
    const problem = `${shown(text)} is of nucleotides; sequences of amino acids are needed (junction_aa, cdr3_aa)`;
    return { problem, at: 0 };
  }
  const at = firstWrong(text);
  if (at < 0) return undefined;
  const letter = String.fromCodePoint(text.codePointAt(at) as number);
  const hint = /[a-z]/.test(letter) ? ' (amino acids are upper case)' : '';
  const allowed = `allowed are the amino acids ${AMINO_ACIDS}${hint}`;
  return { problem: `${shown(text)} has ${JSON.stringify(letter)} at place ${at + 1}; ${allowed}`, at };
}
