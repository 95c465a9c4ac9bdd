/** Decides whether text is an amino acid sequence. */

import { rangeError } from '../errors.ts';
import { AMINO_ACIDS } from './properties.ts';

const IS_AMINO_ACID = (() => {
  const table = new Uint8Array(128);
  for (const letter of AMINO_ACIDS) table[letter.charCodeAt(0)] = 1;
  return table;
})();

/** Words for a missing value in tables. The first two consist of letters of amino acids. */
const MISSING = /^(na|nan|n\/a|<na>|none|null)$/i;
/** The letters of nucleotides are also amino acids. Longer sequences of these letters alone are taken for nucleotides. */
const MOST_OF_FOUR_LETTERS = 8;
const NUCLEOTIDES = /^[acgtun]+$/i;

/** Position of the first character that is no amino acid, or -1. */
export function firstWrong(sequence: string): number {
  for (let i = 0; i < sequence.length; i++) if (IS_AMINO_ACID[sequence.charCodeAt(i)] !== 1) return i;
  return -1;
}

/** Whether a field stands for a missing value. */
export function isMissing(text: string): boolean {
  return MISSING.test(text);
}

/** Whether a text is DNA or RNA. */
export function isNucleotides(text: string): boolean {
  return text.length > MOST_OF_FOUR_LETTERS && NUCLEOTIDES.test(text);
}

/** @throws RangeError for DNA or RNA; `what` names the text in the message */
export function refuseNucleotides(text: string, what: string): void {
  if (isNucleotides(text)) {
    throw rangeError(`${what} consists of nucleotides (${shown(text)}); it must be an amino acid sequence`);
  }
}

function shown(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text);
}

/** Why a text is not a valid sequence, and the position of the wrong character, from 0; undefined if it is valid. */
export function flawOf(text: string): { problem: string; at: number } | undefined {
  if (text === '') return { problem: 'the field is empty; it must hold a sequence', at: 0 };
  if (isMissing(text)) return { problem: `${shown(text)} is a missing value; it must be a sequence`, at: 0 };
  if (isNucleotides(text)) {
    const problem = `${shown(text)} consists of nucleotides; use a column with amino acid sequences (junction_aa, cdr3_aa)`;
    return { problem, at: 0 };
  }
  const at = firstWrong(text);
  if (at < 0) return undefined;
  const letter = String.fromCodePoint(text.codePointAt(at) as number);
  const hint = /[a-z]/.test(letter) ? ' (amino acids are upper case)' : '';
  const allowed = `allowed are the amino acids ${AMINO_ACIDS}${hint}`;
  return { problem: `${shown(text)} has ${JSON.stringify(letter)} at position ${at + 1}; ${allowed}`, at };
}
