/** Cells of text tables that are written. */

/** A cell as text. It is quoted if it holds the separator, a quote or a line break, or begins or ends with space. */
export function written(text: string, delimiter: string): string {
  return /["\r\n]|^\s|\s$/.test(text) || text.includes(delimiter) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * Whether a spreadsheet would take a text for a formula: it begins with = + - @, a tab or a CR, and is no number.
 * Source: OWASP, "CSV Injection".
 */
export function needsGuard(text: string, parse: (text: string) => number): boolean {
  return /^[=+\-@\t\r]./s.test(text) && Number.isNaN(parse(text));
}
