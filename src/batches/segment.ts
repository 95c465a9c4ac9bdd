/**
 * Segments: rows of a batch, sorted by precluster, as bytes in a store.
 *
 *   piece       the rows of one precluster: n x u32 row numbers, relative to the segment's base; if rows are in several
 *               preclusters, n x overlap x u32 preclusters, nearest first; then the rows themselves (rows.ts)
 *   directory   for each piece, in the order of preclusters: u32 precluster, rows, bytes, CRC-32
 *
 * All numbers are little-endian. The manifest holds the length of the directory and its checksum.
 */

import { FormatError } from '../errors.ts';
import type { Store } from '../stores/store.ts';
import { allocate } from '../support/allocate.ts';
import { crc32 } from '../support/numbers/crc32.ts';
import { yieldInPage } from '../support/scheduling.ts';
import type { RunFacts, SegmentFacts } from './manifest.ts';
import { type KeptRows, readSequencePiece, readVectorPiece, type WaitingRows } from './rows.ts';

/** Bytes that are passed to the store at a time, if the limit allows. */
const APPEND_BYTES = 2 ** 22;

/** Bytes that are passed to the store at a time. */
export function appendBytesFor(limit: number): number {
  return Math.max(2 ** 16, Math.min(APPEND_BYTES, Math.floor(limit / 64)));
}
/** Bytes of pieces between two turns of the event loop in a page. */
const BREATHE_BYTES = 2 ** 20;
const ENTRY_WORDS = 4;
const ENTRY_BYTES = 4 * ENTRY_WORDS;

/** Row indexes by precluster: those of p are order[starts[p]] to order[starts[p + 1] - 1], ascending. */
function sortBySeat(seats: Uint32Array, count: number, overlap: number, k: number) {
  const starts = allocate(Uint32Array, k + 1);
  const total = count * overlap;
  for (let i = 0; i < total; i++) starts[seats[i] + 1]++;
  for (let p = 0; p < k; p++) starts[p + 1] += starts[p];
  const next = starts.slice(0, k);
  const order = allocate(Uint32Array, total);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < overlap; j++) order[next[seats[i * overlap + j]]++] = i;
  }
  return { starts, order };
}

/** Bytes that writing needs for each row, in addition to the collected rows. */
export function writingBytesPerRow(overlap: number): number {
  // Numbers, seats and order.
  return 8 + 8 * overlap;
}
/** Bytes that writing needs in addition, independent of the number of rows. */
export function writingBytes(preclusters: number, limit: number): number {
  return 2 * appendBytesFor(limit) + preclusters * (ENTRY_BYTES + 8);
}

/**
 * Write rows as a segment.
 *
 * @param numbers the number of each row, relative to `base`
 * @param seats the preclusters of each row
 */
export async function writeSegment(
  store: Store,
  file: string,
  facts: Pick<RunFacts, 'preclusters' | 'overlap'>,
  waiting: WaitingRows,
  numbers: Uint32Array,
  seats: Uint32Array,
  base: number,
  { appendBytes, signal }: { appendBytes: number; signal?: AbortSignal },
): Promise<SegmentFacts> {
  const { preclusters: k, overlap } = facts;
  const { starts, order } = sortBySeat(seats, waiting.count, overlap, k);
  const directory: number[] = [];
  const out = allocate(Uint8Array, appendBytes);
  let held = 0;
  let written = 0;
  let since = 0;
  const append = async (bytes: Uint8Array) => {
    signal?.throwIfAborted();
    await store.append(file, bytes);
    written += bytes.length;
  };
  for (let p = 0; p < k; p++) {
    const rows = order.subarray(starts[p], starts[p + 1]);
    const n = rows.length;
    if (n === 0) continue;
    const headBytes = 4 * n + (overlap > 1 ? 4 * n * overlap : 0);
    const bytes = headBytes + waiting.pieceBytes(rows);
    if (held + bytes > appendBytes && held > 0) {
      await append(out.subarray(0, held));
      held = 0;
    }
    const piece = bytes > appendBytes ? allocate(Uint8Array, bytes) : out.subarray(held, held + bytes);
    const head = allocate(Uint32Array, headBytes / 4);
    for (let i = 0; i < n; i++) head[i] = numbers[rows[i]];
    if (overlap > 1) {
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < overlap; j++) head[n + i * overlap + j] = seats[rows[i] * overlap + j];
      }
    }
    piece.set(new Uint8Array(head.buffer));
    waiting.write(rows, piece.subarray(headBytes));
    directory.push(p, n, bytes, crc32(piece));
    if (bytes > appendBytes) await append(piece);
    else held += bytes;
    since += bytes;
    if (since > BREATHE_BYTES) {
      since = 0;
      await yieldInPage();
    }
  }
  if (held > 0) await append(out.subarray(0, held));
  const entries = new Uint8Array(Uint32Array.from(directory).buffer);
  await append(entries);
  return { file, bytes: written, pieces: directory.length / ENTRY_WORDS, crc: crc32(entries), base };
}

/** A segment that is being read, with the rest of its directory. */
interface OpenSegment {
  facts: SegmentFacts;
  entries: Uint32Array;
  /** The next piece: its index in `entries`, and its offset in the file. */
  next: number;
  offset: number;
}

/** Size of the directories of these segments, in bytes. */
export function directoryBytes(segments: readonly SegmentFacts[]): number {
  return segments.reduce((sum, { pieces }) => sum + pieces * ENTRY_BYTES, 0);
}

/** The directories of segments, and the size of each precluster. */
interface Contents {
  segments: OpenSegment[];
  /** Number of rows, and of bytes, of each precluster. */
  rows: Float64Array;
  bytes: Float64Array;
}

/** Whether a directory matches the pieces before it: ascending preclusters, and the right total size. */
function fits(entries: Uint32Array, facts: SegmentFacts, preclusters: number): boolean {
  let sum = 4 * entries.length;
  for (let i = 0; i < entries.length; i += ENTRY_WORDS) {
    const before = i > 0 ? entries[i - ENTRY_WORDS] : -1;
    if (entries[i] <= before || entries[i] >= preclusters) return false;
    sum += entries[i + 2];
  }
  return sum === facts.bytes;
}

/**
 * Read the directories of segments.
 * @throws FormatError if one is damaged
 */
export async function readContents(
  store: Store,
  segments: readonly SegmentFacts[],
  preclusters: number,
  signal?: AbortSignal,
): Promise<Contents> {
  const contents: Contents = {
    segments: [],
    rows: allocate(Float64Array, preclusters),
    bytes: allocate(Float64Array, preclusters),
  };
  for (const facts of segments) {
    signal?.throwIfAborted();
    const bytes = await store.read(facts.file, facts.bytes - facts.pieces * ENTRY_BYTES, facts.bytes);
    const name = `${store.name}/${facts.file}`;
    if (bytes.length !== facts.pieces * ENTRY_BYTES || crc32(bytes) !== facts.crc) {
      throw new FormatError(
        name,
        'is damaged: the checksum of its directory differs from that in the manifest',
      );
    }
    const entries = new Uint32Array(bytes.slice().buffer);
    if (!fits(entries, facts, preclusters)) {
      throw new FormatError(name, 'is damaged: its directory does not match its pieces');
    }
    for (let i = 0; i < entries.length; i += ENTRY_WORDS) {
      contents.rows[entries[i]] += entries[i + 1];
      contents.bytes[entries[i]] += entries[i + 2];
    }
    contents.segments.push({ facts, entries, next: 0, offset: 0 });
  }
  return contents;
}

/**
 * Read the rows of all preclusters, one after the other. Consecutive preclusters are read together, since their pieces are
 * adjacent. `contents` is consumed.
 *
 * @param readBytes bytes that are read at a time, unless one precluster is larger
 * @throws FormatError if a piece is damaged
 */
export async function* readPreclusters(
  store: Store,
  facts: Omit<RunFacts, 'seed'>,
  contents: Contents,
  readBytes: number,
  signal?: AbortSignal,
  from = 0,
): AsyncGenerator<KeptRows, void, undefined> {
  const { preclusters: k } = facts;
  for (let first = from; first < k; ) {
    let end = first + 1;
    for (let sum = contents.bytes[first]; end < k && sum + contents.bytes[end] <= readBytes; end++) {
      sum += contents.bytes[end];
    }
    const spans: (Span | undefined)[] = [];
    for (const segment of contents.segments) {
      signal?.throwIfAborted();
      spans.push(await readSpan(store, segment, end));
    }
    for (let p = first; p < end; p++) {
      yield gather(store, facts, contents.rows[p], p, spans);
      signal?.throwIfAborted();
    }
    first = end;
  }
}

/** Read the rows of one precluster. `contents` stays as it is. */
export async function readPrecluster(
  store: Store,
  facts: Omit<RunFacts, 'seed'>,
  contents: Contents,
  precluster: number,
  signal?: AbortSignal,
): Promise<KeptRows> {
  const segments = contents.segments.map(({ facts: segment, entries }) => {
    let [next, offset] = [0, 0];
    for (; next < entries.length && entries[next] < precluster; next += ENTRY_WORDS)
      offset += entries[next + 2];
    return { facts: segment, entries, next, offset };
  });
  const rows = readPreclusters(store, facts, { ...contents, segments }, 0, signal, precluster);
  const { value } = await rows.next();
  await rows.return();
  return value as KeptRows;
}

/** Adjacent pieces of one segment. */
interface Span {
  file: string;
  base: number;
  bytes: Uint8Array;
  entries: Uint32Array;
  /** The next entry, and the position of its piece in the bytes. */
  next: number;
  at: number;
}

async function readSpan(store: Store, segment: OpenSegment, end: number): Promise<Span | undefined> {
  const { facts, entries, next, offset } = segment;
  let last = next;
  let bytes = 0;
  while (last < entries.length && entries[last] < end) {
    bytes += entries[last + 2];
    last += ENTRY_WORDS;
  }
  if (last === next) return undefined;
  segment.next = last;
  segment.offset = offset + bytes;
  const { file, base } = facts;
  return {
    file,
    base,
    bytes: await store.read(file, offset, offset + bytes),
    entries: entries.subarray(next, last),
    next: 0,
    at: 0,
  };
}

function gather(
  store: Store,
  { kind, cols, dtype, overlap }: Omit<RunFacts, 'seed'>,
  count: number,
  precluster: number,
  spans: readonly (Span | undefined)[],
): KeptRows {
  const rows = allocate(Float64Array, count);
  const seats = allocate(Uint32Array, overlap > 1 ? count * overlap : 0);
  const length = kind === 'vectors' ? count * cols : 0;
  const vectors = dtype === 'f4' ? allocate(Float32Array, length) : allocate(Float64Array, length);
  const sequences: string[] = [];
  let done = 0;
  for (const span of spans) {
    if (!span || span.entries[span.next] !== precluster) continue;
    const [, n, bytes, crc] = span.entries.subarray(span.next, span.next + ENTRY_WORDS);
    const piece = span.bytes.subarray(span.at, span.at + bytes);
    const name = `${store.name}/${span.file}`;
    if (piece.length !== bytes || crc32(piece) !== crc) {
      throw new FormatError(name, `is damaged: the checksum of precluster ${precluster} is wrong`);
    }
    span.next += ENTRY_WORDS;
    span.at += bytes;
    const headWords = n + (overlap > 1 ? n * overlap : 0);
    const rowBytes = kind === 'vectors' ? n * cols * vectors.BYTES_PER_ELEMENT : 2 * n;
    if (kind === 'vectors' ? bytes !== 4 * headWords + rowBytes : bytes < 4 * headWords + rowBytes) {
      throw new FormatError(
        name,
        `is damaged: precluster ${precluster} has ${bytes} bytes, too few for ${n} rows`,
      );
    }
    const head = new Uint32Array(piece.slice(0, 4 * headWords).buffer);
    for (let i = 0; i < n; i++) rows[done + i] = span.base + head[i];
    if (overlap > 1) seats.set(head.subarray(n), done * overlap);
    const rest = piece.subarray(4 * headWords);
    if (kind === 'vectors') readVectorPiece(rest, n * cols, vectors, done * cols);
    else for (const sequence of readSequencePiece(rest, n, name)) sequences.push(sequence);
    done += n;
  }
  return { precluster, rows, seats, vectors, sequences };
}
