/** Finds the encoding of a text by its first bytes. Standard: https://encoding.spec.whatwg.org */

import { wrongValue } from '../../support/checks.ts';

/** Names of encodings that texts are read in. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

/** Every name that the caller may give. */
const NAMES: Record<string, Encoding> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'utf-16': 'utf-16le',
  'utf-16le': 'utf-16le',
  'utf-16be': 'utf-16be',
  latin1: 'windows-1252',
  'iso-8859-1': 'windows-1252',
  'windows-1252': 'windows-1252',
};

/** Check the option `encoding`. @throws RangeError */
export function readEncoding(encoding: unknown): Encoding | undefined {
  if (encoding === undefined) return undefined;
  const known = typeof encoding === 'string' ? NAMES[encoding.toLowerCase()] : undefined;
  if (known) return known;
  throw wrongValue('encoding', "'utf-8', 'utf-16le', 'utf-16be' or 'latin1'", encoding);
}

/** Whether bytes are UTF-8, apart from a letter that is cut at their end. */
function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/**
 * UTF-16 by its byte order mark, or by zeros in every other byte, since most letters of a table are ASCII. Text that is
 * not UTF-8 is taken for Windows-1252, which contains Latin-1.
 */
export function detectEncoding(head: Uint8Array): Encoding {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  let even = 0;
  let odd = 0;
  const length = Math.min(head.length, 1024) & ~1;
  for (let i = 0; i < length; i += 2) {
    if (head[i] === 0) even++;
    if (head[i + 1] === 0) odd++;
  }
  const most = 0.4 * length;
  if (length >= 4 && odd >= most && even === 0) return 'utf-16le';
  if (length >= 4 && even >= most && odd === 0) return 'utf-16be';
  return isUtf8(head) ? 'utf-8' : 'windows-1252';
}
