/** The page's words for warnings and errors. */
import type { ErrorFields } from 'coppice';
import { reword, type Wording } from '../../messages.ts';

/** Advice that names options of the package, in terms of the page, by the keys of the parts. */
const ADVICE: Wording = {
  'choose-others': 'choose others, or name it among the names of the rows',
  'choose-columns': 'name them among the columns',
  'takes-missing': 'choose below what to do with missing values',
  'other-sheet': 'choose another below',
  'choose-it': 'name it among the columns',
  'use-header': (header) => (header === false ? 'put a line of names above it' : undefined),
  'skip-rows': 'to leave such rows out, tick "Skip rows with NaN or infinity"',
};

/** The text that the page shows for a warning or an error. */
export function noteOf(note: { message: string; parts?: ErrorFields['parts'] }): string {
  return note.parts ? reword(note.parts, ADVICE) : note.message;
}
