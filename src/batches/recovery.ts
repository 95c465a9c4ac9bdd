/**
 * Batches whose line the manifest has lost. The last segment of a batch ends with a copy of its line, which is written
 * before the manifest's: a batch of which there is a copy is whole, whether its line was torn by a crash or damaged later.
 */
import { FormatError } from '../errors.ts';
import type { Store } from '../stores/store.ts';
import { type BatchFacts, MANIFEST, type Manifest, readLine } from './manifest.ts';
import { readContents, readPreclusters } from './segment.ts';

/** A line is searched from the end of a file, first in so many bytes. */
const TAIL_BYTES = 2 ** 12;
/** Bytes of pieces that are checked at a time, where none is larger alone. */
const READ_BYTES = 2 ** 20;

/** The copy at the end of a segment: JSON has no line break, so the copy follows the last one but its own. */
async function copyIn(store: Store, file: string, bytes: number): Promise<BatchFacts | undefined> {
  for (let tail = TAIL_BYTES; ; tail *= 2) {
    const end = await store.read(file, Math.max(0, bytes - tail), bytes);
    if (end.at(-1) !== 10) return undefined;
    const at = end.lastIndexOf(10, end.length - 2);
    if (at >= 0) return readLine(end.subarray(at + 1, -1)) as BatchFacts | undefined;
    if (tail >= bytes) return undefined;
  }
}

/** @throws FormatError where a piece is damaged */
async function checkPieces(store: Store, facts: Manifest['facts'], { segments }: BatchFacts): Promise<void> {
  for (const segment of segments) {
    const contents = await readContents(store, [segment], facts.preclusters);
    for await (const _ of readPreclusters(store, facts, contents, READ_BYTES));
  }
}

/**
 * Add to a manifest the batches that are whole behind its last line.
 *
 * @param files the files of the store, and their bytes
 * @param torn whether bytes of another line follow the last whole one
 * @throws FormatError where a line is torn and its batch cannot be told: nothing was removed then
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
    // Of a segment of another run, or whose batch's other segments were removed, the batch did not count.
    if (copy?.segments.at(-1)?.file !== file || !copy.segments.every((one) => files.has(one.file))) continue;
    copies.push(copy);
  }
  // Segments are numbered as they are written. Of two batches at one place the first failed: only the last can count.
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
      // Before anything is written to the manifest, the segments are on the disk: without a torn line the power went first.
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
      `is damaged: its last line is cut off, and ${names} may hold rows of its batch, but not what the line said. Nothing ` +
        'was removed. Bring back a copy of the run, or remove that file and resume: then the batch is not in the run',
      { offset: manifest.bytes },
    );
  }
  return found;
}

/** Number of a batch's last segment. */
function numberOf({ segments }: BatchFacts): number {
  return Number(/\d+/.exec(segments.at(-1)?.file ?? '')?.[0] ?? -1);
}
