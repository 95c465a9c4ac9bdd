/**
 * Recovers batches whose line in the manifest is lost. The last segment of a batch ends with a copy of its line, which is
 * written before the manifest's. A batch with such a copy is complete, whether its line was cut off in a crash or damaged later.
 */
import { FormatError } from '../errors.ts';
import type { Store } from '../stores/store.ts';
import { type BatchFacts, MANIFEST, type Manifest, readLine } from './manifest.ts';
import { readContents, readPreclusters } from './segment.ts';

/** The line is searched from the end of a file, first in this many bytes. */
const TAIL_BYTES = 2 ** 12;
/** Bytes of pieces that are checked at a time, unless one piece is larger. */
const READ_BYTES = 2 ** 20;

/** The copy at the end of a segment. JSON has no line breaks, so it lies between the last two. */
async function copyIn(store: Store, file: string, bytes: number): Promise<BatchFacts | undefined> {
  for (let tail = TAIL_BYTES; ; tail *= 2) {
    const end = await store.read(file, Math.max(0, bytes - tail), bytes);
    if (end.at(-1) !== 10) return undefined;
    const at = end.lastIndexOf(10, end.length - 2);
    if (at >= 0) return readLine(end.subarray(at + 1, -1)) as BatchFacts | undefined;
    if (tail >= bytes) return undefined;
  }
}

/** @throws FormatError if a piece is damaged */
async function checkPieces(store: Store, facts: Manifest['facts'], { segments }: BatchFacts): Promise<void> {
  for (const segment of segments) {
    const contents = await readContents(store, [segment], facts.preclusters);
    for await (const _ of readPreclusters(store, facts, contents, READ_BYTES));
  }
}

/**
 * Find the complete batches that follow the manifest's last line.
 *
 * @param files the files of the store, with their sizes
 * @param torn whether an incomplete line follows the last complete one
 * @throws FormatError if a line is incomplete and its batch cannot be determined; nothing was removed then
 */
export async function recoverBatches(
  store: Store,
  manifest: Manifest,
  files: ReadonlyMap<string, number>,
  torn: boolean,
): Promise<BatchFacts[]> {
  const { batches } = manifest;
  const named = new Set(batches.flatMap(({ segments }) => segments.map(({ file }) => file)));
  const rest = [...files].filter(([file]) => file.startsWith('seg-') && !named.has(file));
  const copies: BatchFacts[] = [];
  for (const [file, bytes] of rest) {
    const copy = await copyIn(store, file, bytes);
    // A segment of another run, or a batch with missing segments: that batch was not committed.
    if (copy?.segments.at(-1)?.file !== file || !copy.segments.every((one) => files.has(one.file))) continue;
    copies.push(copy);
  }
  // Segments are numbered in the order of writing. If two batches have the same start, the first failed, and the last counts.
  copies.sort((a, b) => numberOf(b) - numberOf(a));
  const found: BatchFacts[] = [];
  for (let last = batches.at(-1); ; ) {
    const start = last ? last.start + last.rows : 0;
    const after = last ? numberOf(last) : -1;
    const next = copies.find((copy) => copy.start === start && numberOf(copy) > after);
    if (!next) break;
    try {
      await checkPieces(store, manifest.facts, next);
    } catch (error) {
      // Segments are flushed before the manifest is written. Damage without an incomplete line means that power failed before that.
      if ((torn && found.length === 0) || !(error instanceof FormatError)) throw error;
      break;
    }
    found.push(next);
    last = next;
  }
  if (torn && found.length === 0 && rest.length > 0) {
    const names = rest.map(([file]) => file).join(', ');
    throw new FormatError(
      `${store.name}/${MANIFEST}`,
      `is damaged: its last line is cut off. ${names} may hold rows of its batch, but the contents of the line are lost. Nothing ` +
        'was removed. Restore a copy of the run, or remove that file and resume; then the batch is not in the run',
      { offset: manifest.bytes },
    );
  }
  return found;
}

/** The number of a batch's last segment. */
function numberOf({ segments }: BatchFacts): number {
  return Number(/\d+/.exec(segments.at(-1)?.file ?? '')?.[0] ?? -1);
}
