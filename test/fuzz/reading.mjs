/** How a case is read and judged: what came of it, and whether that is a finding. */

import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as api from '../../build/index.js';
import * as sequences from '../../build/sequences.js';
import * as sources from '../../build/sources.js';

export { api, sequences, sources };

/** Most numbers to read at once, and most chunks: a file may legally declare more than a test can wait for. */
const CHUNK_VALUES = 2 ** 16;
const MOST_CHUNKS = 64;

/** Bytes as a caller may have them. */
export function inputOf(bytes, way, extension) {
  if (way === 'blob') return new File([bytes], `case.${extension}`);
  if (way === 'path') {
    const path = join(tmpdir(), `coppice-fuzz-${process.pid}.${extension}`);
    writeFileSync(path, bytes);
    return path;
  }
  if (way !== 'stream') return bytes;
  return new ReadableStream({
    start(controller) {
      const by = Math.max(1, Math.ceil(bytes.length / 7));
      for (let at = 0; at < bytes.length; at += by) controller.enqueue(bytes.slice(at, at + by));
      controller.close();
    },
  });
}

/** A running digest of numbers and texts. */
export class Digest {
  #a = 0x811c9dc5;
  #b = 0x1000193;
  #one = new Float64Array(1);
  #words = new Uint32Array(this.#one.buffer);

  word(word) {
    this.#a = Math.imul(this.#a ^ word, 0x01000193);
    this.#b = (Math.imul(this.#b ^ word, 0x85ebca6b) >>> 0) ^ (this.#a >>> 15);
  }
  number(value) {
    this.#one[0] = value;
    this.word(this.#words[0]);
    this.word(this.#words[1]);
  }
  numbers(list) {
    for (let i = 0; i < list.length; i++) this.number(list[i]);
  }
  text(text) {
    for (let i = 0; i < text.length; i++) this.word(text.charCodeAt(i));
    this.word(0x10000);
  }
  toString() {
    return `${(this.#a >>> 0).toString(16)}-${(this.#b >>> 0).toString(16)}`;
  }
}

/** Open and read everything; a digest of all numbers, and how many rows there were. */
export async function readRows(bytes, way, extension, options) {
  const input = inputOf(bytes, way, extension);
  const named = way === 'bytes' || way === 'stream' ? { name: `case.${extension}` } : {};
  const source = await sources.open(input, { onWarning() {}, ...named, ...options });
  const digest = new Digest();
  let rows = 0;
  let values = 0;
  let chunks = 0;
  let whole = true;
  try {
    if (source.cols <= 2 ** 22) {
      const chunkRows = Math.max(1, Math.min(1000, Math.floor(CHUNK_VALUES / source.cols)));
      for await (const chunk of source.chunks({ chunkRows })) {
        digest.numbers(chunk.data);
        rows += chunk.rows;
        values += chunk.data.length;
        if (++chunks === MOST_CHUNKS) {
          whole = false;
          break;
        }
      }
    } else whole = false;
  } finally {
    await source.close?.();
  }
  return { digest: String(digest), rows, values, cols: source.cols, whole, source };
}

const OURS = [api.FormatError, api.BadRowError, api.MemoryLimitError, api.PlatformError, api.StoreError];

/** Words of engines and libraries that no message of ours has. What a message quotes is left out before. */
const FOREIGN =
  /\bundefined\b|(byte|of|at|to|row|got|has) -?NaN\b|\bNaN (bytes|rows)|is not (a function|iterable|defined)|Cannot (read|convert|destructure|access|mix|set)|Invalid (typed array|array|DataView|string|date|count|code point|array buffer)|array buffer|allocation|call stack|WebAssembly|RuntimeError|unreachable|out of bounds|\/__w\/|not valid JSON|\brow -\d|\bbyte -\d|\bH5[A-Z]{1,2}[_a-z]|\[object |\bE(IO|NOENT|MFILE|INVAL|NOSYS)\b|BigInt|must be a multiple|offset is out|detached|Maximum/i;

/** What is wrong with how a case was refused; undefined where nothing is. */
export function wrongWith(error, reader) {
  if (!(error instanceof Error)) return { kind: 'foreign', message: `not an Error: ${String(error)}` };
  const message = error.message;
  const isOurs =
    OURS.some((one) => error instanceof one) ||
    ((error instanceof TypeError || error instanceof RangeError) && /^ERR_(TYPE|RANGE)$/.test(error.code));
  const shown = { kind: 'foreign', message: `${error.name}: ${message}`, stack: error.stack };
  if (!isOurs) return shown;
  const bare = (reader.quoted ? message.replace(reader.quoted, '') : message)
    .replace(/"(\\.|[^"\\])*"/g, '""')
    .replace(/'[^']*'/g, "''");
  if ((FOREIGN.test(bare) || /Unexpected (token|end of JSON|non-)/.test(bare)) && !reader.allowed?.test(bare))
    return shown;
  if (message.length > 2000) return { ...shown, kind: 'long', message: `${message.length} characters` };
  return undefined;
}

/** What stays the same of a message where only numbers and names differ. */
export function signatureOf({ kind, message, stack }) {
  if (kind === 'crash') return `crash: ${message.split(':')[0]}`;
  const line = (message ?? '')
    .replace(/\S*\/coppice-fuzz-\d+/g, 'case')
    .replace(/"(\\.|[^"\\])*"/g, '""')
    .replace(/'[^']*'/g, "''")
    .replace(/\d+/g, 'N')
    .slice(0, 120);
  const own = /chunk-\w+\.js|\/(build|src|node_modules)\//;
  const frame = (stack ?? '').split('\n').find((part) => /^\s+at /.test(part) && own.test(part)) ?? '';
  return `${kind}: ${line} ${frame.trim().split(' ')[1] ?? ''}`;
}

/** Read a case and judge what came of it. */
export async function judge(reader, seeds, { seed, edits, way, options, bytes }) {
  let result;
  try {
    result = await reader.run(bytes, { way, options });
  } catch (error) {
    return { refused: true, finding: wrongWith(error, reader) };
  }
  const from = seeds.find(({ name }) => name === seed);
  const names = edits?.map(({ edit }) => edit) ?? [];
  const same = from !== undefined && Buffer.compare(from.bytes, bytes) === 0;
  if (same || from === undefined) return { refused: false };
  const message = reader.accepted?.({ seed: from, seeds, edits: names, bytes, result, options, way });
  return { refused: false, finding: message ? { kind: 'accepted', message } : undefined };
}

/** The seeds of a reader with what they read as, all of which must be read. */
export async function readSeeds(reader) {
  const seeds = await reader.seeds();
  for (const seed of seeds) {
    try {
      seed.result = await reader.run(seed.bytes, { way: 'bytes', options: seed.options ?? {} });
    } catch (error) {
      throw new Error(`the seed ${seed.name} of ${reader.name} is refused: ${error.stack}`);
    }
  }
  return seeds;
}
