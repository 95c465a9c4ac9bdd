/** The manifest of a run of BatchClustering (batchlog.ts): its lines, and what they say. */

import { asOurs, FormatError } from '../errors.ts';
import { PROPERTIES, type Property } from '../sequences/properties.ts';
import { crc32 } from '../support/crc32.ts';

export const MANIFEST = 'manifest';
const FORMAT = 'coppice-batches';
const VERSION = 1;

/** What a run is, as its manifest says. */
export interface RunFacts {
  kind: 'vectors' | 'sequences';
  /** Numbers in a row; of sequences, as they are encoded, the last from the length. */
  cols: number;
  dtype: 'f4' | 'f8';
  preclusters: number;
  /** Preclusters that each row goes to. */
  overlap: number;
  seed: number;
  /** Of sequences: the longest that the encoding has room for, and the properties it is made of. */
  maxLength?: number;
  properties?: Property[];
  /** Of sequences: they have V genes, and only those of the same gene are joined. */
  vGenes?: true;
}

/** A segment, as its batch's line names it. */
export interface SegmentFacts {
  file: string;
  bytes: number;
  /** Pieces in it: entries of the directory at its end. */
  pieces: number;
  /** Checksum of the directory, which holds those of the pieces. */
  crc: number;
  /** Row that the numbers in it count from. */
  base: number;
}

/** A batch that is wholly kept. */
export interface BatchFacts {
  name: string;
  /** Where it is from, as whoever added it says. */
  origin?: string;
  /** Number of its first row, over all batches. */
  start: number;
  /** Its rows, those that were skipped included. */
  rows: number;
  skipped: number;
  segments: SegmentFacts[];
}

/** A value as a line. */
export function lineOf(value: unknown): Uint8Array {
  const encoder = new TextEncoder();
  const json = JSON.stringify(value);
  const sum = crc32(encoder.encode(json)).toString(16).padStart(8, '0');
  return encoder.encode(`${sum} ${json}\n`);
}

/** The line of the run. */
export function firstLine(facts: RunFacts, model: Manifest['model']): Uint8Array {
  return lineOf({ format: FORMAT, version: VERSION, ...facts, model });
}

/** What the last segment of a batch ends with. */
export function copyOf(batch: BatchFacts): Uint8Array {
  const line = lineOf(batch);
  const copy = new Uint8Array(line.length + 1).fill(10, 0, 1);
  copy.set(line, 1);
  return copy;
}

/** What a line says, or undefined where it is torn. */
export function readLine(line: Uint8Array): Record<string, unknown> | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(line);
    const sum = crc32(line.subarray(9));
    if (text[8] !== ' ' || text.slice(0, 8) !== sum.toString(16).padStart(8, '0')) return undefined;
    const value = JSON.parse(text.slice(9));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch (cause) {
    // A line for which there is no memory is not torn.
    const error = asOurs(cause, MANIFEST);
    if (error !== cause) throw error;
    return undefined;
  }
}

export interface Manifest {
  facts: RunFacts;
  model: { bytes: number; crc: number };
  batches: BatchFacts[];
  /** Bytes of its whole lines. */
  bytes: number;
  /** The last line lacks its end, which is counted in `bytes`. */
  unended: boolean;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** Whether a line tells of a batch whose rows begin at `start`: a checksum that is right proves no more than itself. */
function isBatch(value: unknown, start: number): value is BatchFacts {
  const batch = Object(value) as BatchFacts;
  return (
    typeof batch.name === 'string' &&
    batch.start === start &&
    isCount(batch.rows) &&
    Array.isArray(batch.segments) &&
    batch.segments.every((segment) => {
      const { file, bytes, pieces, crc, base } = Object(segment) as SegmentFacts;
      return (
        /^seg-\d{8,}\.seg$/.test(file) &&
        [bytes, pieces, crc, base].every(isCount) &&
        base >= start &&
        base <= start + batch.rows
      );
    })
  );
}

/** Whether a line tells of a run, beside its format and version: only what `train` may write. */
function isRun(line: Record<string, unknown>): boolean {
  const { kind, cols, dtype, preclusters, overlap, seed, model, maxLength, properties, vGenes } = line;
  const { bytes, crc } = Object(model);
  const counts = [cols, preclusters, overlap, bytes, crc];
  if (!counts.every(isCount) || !Number.isFinite(seed) || (dtype !== 'f4' && dtype !== 'f8')) return false;
  const [width, most] = [cols as number, preclusters as number];
  if (width < 1 || most < 1 || (overlap as number) < 1 || (overlap as number) > most) return false;
  // The model has a label and a centroid for each.
  if (most * (4 * width + 4) > bytes) return false;
  if (kind === 'vectors')
    return overlap === 1 && [maxLength, properties, vGenes].every((x) => x === undefined);
  return (
    kind === 'sequences' &&
    isCount(maxLength) &&
    Array.isArray(properties) &&
    properties.every((name) => PROPERTIES.includes(name)) &&
    width === maxLength * properties.length + 1 &&
    (vGenes === undefined || vGenes === true)
  );
}

/** @returns undefined where not even the first line is whole */
export function parseManifest(bytes: Uint8Array, name: string): Manifest | undefined {
  let manifest: Manifest | undefined;
  for (let at = 0; at < bytes.length; ) {
    const newline = bytes.indexOf(10, at);
    // The checksum proves a line whose end is missing, or is another byte by now. Lines are only ever added, so only
    // the last can lack its end; where it is not proven it was torn, and its batch never counted.
    const ends = newline < 0 ? [bytes.length, bytes.length - 1] : [newline];
    const end = ends.find((end) => readLine(bytes.subarray(at, end)));
    if (end === undefined) {
      if (newline < 0) break;
      throw new FormatError(name, 'is damaged: a line has another checksum than it should', { offset: at });
    }
    const value = readLine(bytes.subarray(at, end)) as Record<string, unknown>;
    if (manifest) {
      const last = manifest.batches.at(-1);
      if (!isBatch(value, last ? last.start + last.rows : 0)) {
        throw new FormatError(name, 'is damaged: a line is not that of the next batch', { offset: at });
      }
      manifest.batches.push(value);
    } else {
      const { format, version, model, ...facts } = value;
      if (format !== FORMAT)
        throw new FormatError(
          name,
          `is no manifest of batches: it begins with ${JSON.stringify(value).slice(0, 60)}`,
        );
      if (version !== VERSION) {
        throw new FormatError(
          name,
          `is of version ${JSON.stringify(version ?? null)}; this Coppice reads version ${VERSION}. Nothing was changed`,
        );
      }
      if (!isRun(value)) throw new FormatError(name, 'is damaged: its first line tells of no run');
      manifest = {
        facts: facts as unknown as RunFacts,
        model: model as Manifest['model'],
        batches: [],
        bytes: 0,
        unended: false,
      };
    }
    at = end + 1;
    manifest.bytes = at;
    manifest.unended = newline < 0;
  }
  return manifest;
}
