/** Splits Newick text into tokens. Format: https://phylipweb.github.io/phylip/newick_doc.html */

import { FormatError } from '../../errors.ts';

export interface NewickToken {
  kind: '(' | ')' | ',' | ';' | 'name' | 'length';
  /** A name without quotes, or the text of a number. */
  value: string;
  /** Where it begins in the text. */
  at: number;
}

/** An error in Newick text, with the line and the character on it. */
export function problemAt(text: string, at: number, problem: string): FormatError {
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  return new FormatError('Newick', problem, { line, column: at - before.lastIndexOf('\n') });
}

const BARE = /[^()[\]':;,]+/y;
const NUMBER = /[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?(?=[\s()[\]':;,]|$)/iy;
const BLANK = /\s+/y;

/** The length of the match of a sticky expression at a place. */
function matched(expression: RegExp, text: string, at: number): number {
  expression.lastIndex = at;
  return expression.test(text) ? expression.lastIndex - at : 0;
}

/** @param blanks whether an underscore outside quotes is a blank @throws FormatError */
export function* newickTokens(text: string, blanks: boolean): Generator<NewickToken, void, undefined> {
  let at = text.startsWith('\ufeff') ? 1 : 0;
  let ended = false;
  for (;;) {
    at = afterComments(text, at);
    if (at >= text.length) return;
    if (ended) throw problemAt(text, at, "more text follows the ';' of the tree; one tree is read");
    const kind = text[at];
    if (kind === '(' || kind === ')' || kind === ',' || kind === ';') {
      yield { kind, value: '', at };
      ended = kind === ';';
      at++;
    } else if (kind === ':') {
      const begin = afterComments(text, at + 1);
      const length = matched(NUMBER, text, begin);
      const value = text.slice(begin, begin + length);
      if (length === 0 || !Number.isFinite(Number(value))) {
        throw problemAt(text, begin, `${JSON.stringify(text.slice(begin, begin + 20))} is no finite length`);
      }
      yield { kind: 'length', value, at };
      at = begin + length;
    } else if (kind === ']') {
      throw problemAt(text, at, "a ']' without '['");
    } else {
      const { name, end } = readName(text, at, blanks);
      yield { kind: 'name', value: name, at };
      at = end;
    }
  }
}

/** Skip blanks and comments in brackets, which may be nested. */
function afterComments(text: string, from: number): number {
  let at = from;
  for (;;) {
    at += matched(BLANK, text, at);
    if (text[at] !== '[') return at;
    const begin = at;
    let depth = 0;
    do {
      if (at >= text.length) throw problemAt(text, begin, "a comment begins with '[' and has no ']'");
      if (text[at] === '[') depth++;
      else if (text[at] === ']') depth--;
      at++;
    } while (depth > 0);
  }
}

/** A name: bare text, text in quotes, or both together. Within bare text two quotes are one, as scikit-bio writes it. */
function readName(text: string, from: number, blanks: boolean): { name: string; end: number } {
  let name = '';
  let at = from;
  let bare = true;
  for (;;) {
    if (text[at] === "'") {
      if (at > from && text[at + 1] === "'") {
        name += "'";
        at += 2;
        continue;
      }
      const closing = quoteEnd(text, at);
      name += text.slice(at + 1, closing).replaceAll("''", "'");
      bare = false;
      at = closing + 1;
      continue;
    }
    const length = matched(BARE, text, at);
    if (length === 0) return { name: bare ? name.trimEnd() : name, end: at };
    const part = text.slice(at, at + length);
    at += length;
    // Blanks after closing quotes are between tokens.
    if (!bare && part.trim() === '') return { name, end: at };
    name += blanks ? part.replaceAll('_', ' ') : part;
    bare = true;
  }
}

/** Where the quote that opens at `at` is closed. */
function quoteEnd(text: string, at: number): number {
  for (let i = text.indexOf("'", at + 1); i >= 0; i = text.indexOf("'", i + 2)) {
    if (text[i + 1] !== "'") return i;
  }
  throw problemAt(text, at, 'a quote is opened and not closed');
}
