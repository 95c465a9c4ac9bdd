/** Longest text that a message quotes whole. */
const MOST_LETTERS = 40;

/** A name or text from a file, for a message: in quotes, with escapes, shortened if it is long. A number is as it is. */
export function quoted(text: string | number): string {
  if (typeof text === 'number') return String(text);
  return JSON.stringify(text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS)}...` : text);
}
