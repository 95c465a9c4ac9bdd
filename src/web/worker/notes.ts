/** Warnings of readers as the page shows them. */
import { ADVICE } from './reading.ts';

/** A warning of a reader as the page says it. */
export function noteOf(message: string): string {
  return ADVICE.reduce((text, [from, to]) => text.replace(from, () => to), message);
}
