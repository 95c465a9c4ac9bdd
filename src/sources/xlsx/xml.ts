/**
 * Reads the XML of a workbook from front to back: elements, attributes and text, as far as workbooks use XML. Names lose
 * their prefix. Comments and declarations are passed over.
 */

import { FormatError } from '../../errors.ts';
import { pause } from '../../support/scheduling.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { passOver } from '../bytes/stream.ts';

const PIECE_BYTES = 64 * 1024;
/** Longest tag, comment or text. A cell of Excel has 32,767 letters at most, which may be written as `&#x10FFFF;` each. */
const MOST_LENGTH = 2 ** 19;
const MOST_DEPTH = 100;

const [SLASH, QUESTION, EXCLAMATION] = [47, 63, 33];
const [LESS, MORE] = [60, 62];

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Replace `&lt;`, `&#228;` and the like. What is unknown stays. */
export function decode(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{2,4}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    const code = decimal !== undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

/** What happens in a document. Every call but the first ends with `close` of the same name. */
export interface Handler {
  /** @param tag the text between `<` and `>`, for `attribute` */
  open(name: string, tag: string): void;
  /** Text between tags, undecoded; may come in several parts. */
  text(text: string): void;
  close(name: string): void;
}

/** An attribute of a tag, decoded. Its name may have a prefix. */
export function attribute(tag: string, name: string): string | undefined {
  // Nearly always it is written like this.
  const usual = ` ${name}="`;
  const begin = tag.indexOf(usual) + usual.length;
  if (begin >= usual.length) {
    const end = tag.indexOf('"', begin);
    if (end >= 0) return decode(tag.slice(begin, end));
  }
  for (let at = tag.indexOf(name); at > 0; at = tag.indexOf(name, at + 1)) {
    if (!/[\s:]/.test(tag[at - 1])) continue;
    const rest = /^\s*=\s*(?:"([^"]*)"|'([^']*)')/.exec(tag.slice(at + name.length));
    if (rest) return decode(rest[1] ?? rest[2]);
  }
  return undefined;
}

class Scanner {
  #rest = '';
  readonly #names: string[] = [];
  #ended = false;
  #begun = false;

  readonly #handler: Handler;
  readonly #fail: (problem: string) => never;

  constructor(handler: Handler, fail: (problem: string) => never) {
    this.#handler = handler;
    this.#fail = fail;
  }

  /** Scan a piece of text. @param last whether it is the last one */
  write(piece: string, last: boolean): void {
    const text = this.#rest + piece;
    let at = 0;
    for (;;) {
      const begin = text.indexOf('<', at);
      if (begin < 0) {
        // An entity or a surrogate pair may be incomplete at the end, so text waits for the next tag.
        if (last) this.#words(text.slice(at));
        break;
      }
      const end = this.#tagEnd(text, begin);
      if (end < 0) break;
      if (begin > at) this.#words(text.slice(at, begin));
      this.#tag(text, begin, end);
      at = end;
    }
    this.#rest = last ? '' : text.slice(at);
    if (this.#rest.length > MOST_LENGTH)
      this.#fail(`it has a tag or text of more than ${MOST_LENGTH} letters`);
    if (!last) return;
    if (!this.#begun || this.#names.length > 0 || text.indexOf('<', at) >= 0) this.#fail('it ends early');
  }

  /** Offset behind the tag at `begin`; -1 if it is not complete. */
  #tagEnd(text: string, begin: number): number {
    const next = text.charCodeAt(begin + 1);
    const find = (mark: string, from: number) => {
      const found = text.indexOf(mark, from);
      return found < 0 ? -1 : found + mark.length;
    };
    if (next === EXCLAMATION) {
      if (text.length < begin + 9) return -1;
      if (text.startsWith('<!--', begin)) return find('-->', begin + 4);
      if (text.startsWith('<![CDATA[', begin)) return find(']]>', begin + 9);
      return this.#fail('it has a document type');
    }
    if (next === QUESTION) return find('?>', begin + 2);
    const end = text.indexOf('>', begin);
    if (end < 0) return -1;
    const other = text.indexOf('<', begin + 1);
    if (other < 0 || other > end) {
      // The end may stand in quotes: then the number of quotes before it is odd.
      for (let close = end; close >= 0; close = text.indexOf('>', close + 1)) {
        if (!isQuoted(text, begin, close)) return close + 1;
      }
      return -1;
    }
    return this.#fail('a tag does not end');
  }

  #words(text: string): void {
    if (this.#names.length > 0) this.#handler.text(text);
    else if (/[^\s\ufeff]/.test(text)) this.#fail('there is text outside of it');
  }

  #tag(text: string, begin: number, end: number): void {
    const next = text.charCodeAt(begin + 1);
    if (next === QUESTION) return;
    if (next === EXCLAMATION) {
      // CDATA is text that is not to be decoded.
      if (text.charCodeAt(begin + 2) !== 45) {
        this.#words(text.slice(begin + 9, end - 3).replaceAll('&', '&amp;'));
      }
      return;
    }
    if (next === SLASH) {
      const name = nameAt(text, begin + 2, end);
      if (this.#names.pop() !== name) this.#fail(`</${name.slice(0, 40)}> closes another tag`);
      this.#handler.close(name);
      if (this.#names.length === 0) this.#ended = true;
      return;
    }
    const name = nameAt(text, begin + 1, end);
    if (name === '') this.#fail('a tag has no name');
    if (this.#ended) this.#fail('there is more than one root');
    this.#begun = true;
    const closed = text.charCodeAt(end - 2) === SLASH;
    this.#handler.open(name, text.slice(begin + 1, end - (closed ? 2 : 1)));
    if (closed) {
      this.#handler.close(name);
      if (this.#names.length === 0) this.#ended = true;
    } else {
      this.#names.push(name);
      if (this.#names.length > MOST_DEPTH) this.#fail('it is nested too deeply');
    }
  }
}

function isQuoted(text: string, begin: number, end: number): boolean {
  let quote = 0;
  for (let i = begin; i < end; i++) {
    const code = text.charCodeAt(i);
    if (quote === 0 && (code === 34 || code === 39)) quote = code;
    else if (code === quote) quote = 0;
  }
  return quote !== 0;
}

/** The name that begins at `at`, without its prefix. */
function nameAt(text: string, at: number, end: number): string {
  let from = at;
  let to = at;
  for (; to < end; to++) {
    const code = text.charCodeAt(to);
    if (code === MORE || code === SLASH || code <= 32 || code === LESS) break;
    if (code === 58) from = to + 1;
  }
  return text.slice(from, to);
}

/**
 * Read a document. Yields after each piece, so that the caller can take what the handler has collected.
 *
 * Errors: `FormatError` when it is not UTF-8 or not well-formed.
 */
export async function* readXml(
  file: Bytes,
  handler: Handler,
  signal?: AbortSignal,
): AsyncGenerator<undefined, void, undefined> {
  const fail = (problem: string): never => {
    throw new FormatError(file.name, `its XML is damaged: ${problem}`);
  };
  const scanner = new Scanner(handler, fail);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const { bytes } = passOver(file, signal);
  const release = bytes.hold();
  const buffer = new Uint8Array(PIECE_BYTES);
  try {
    for (let at = 0, last = false; !last; ) {
      signal?.throwIfAborted();
      const got = await bytes.readInto(buffer, at);
      await pause();
      at += got;
      last = got < buffer.length;
      let text = '';
      try {
        text = decoder.decode(buffer.subarray(0, got), { stream: !last });
      } catch (cause) {
        if (!(cause instanceof TypeError)) throw cause;
        fail('it is not UTF-8');
      }
      scanner.write(text, last);
      yield;
    }
  } finally {
    await release();
  }
}

/** Read a whole document at once. */
export async function readWholeXml(file: Bytes, handler: Handler): Promise<void> {
  for await (const _ of readXml(file, handler));
}
