/** The manifest of a run of BatchClustering (log.ts): its lines and their contents. */

import { asOurs, FormatError } from '../errors.ts';
import { PROPERTIES, type Property } from '../sequences/properties.ts';
import { crc32 } from '../support/numbers/crc32.ts';

export const MANIFEST = 'manifest';
const FORMAT = 'coppice-batches';
const VERSION = 1;

/** The properties of a run, as stored in its manifest. */
export interface RunFacts {
  kind: 'vectors' | 'sequences';
  /** Number of columns. For sequences, those of the encoding; the last one encodes the length. */
  cols: number;
  dtype: 'f4' | 'f8';
  preclusters: number;
  /** Number of preclusters that each row is added to. */
  overlap: number;
  seed: number;
  /** For sequences: the greatest length that the encoding allows, and the properties it uses. */
  maxLength?: number;
  properties?: Property[];
  /** For sequences: they have V genes, and only those of the same gene are joined. */
  vGenes?: true;
}

/** A segment, as described in its batch's line. */
export interface SegmentFacts {
  file: string;
  bytes: number;
  /** Number of pieces: entries of the directory at the end of the segment. */
  pieces: number;
  /** Checksum of the directory, which holds the checksums of the pieces. */
  crc: number;
  /** Row numbers in the segment are relative to this row. */
  base: number;
}

/** A complete batch. */
export interface BatchFacts {
  name: string;
  /** Where the batch comes from, as given by the caller. */
  origin?: string;
  /** Number of its first row, over all batches. */
  start: number;
  /** Number of rows, including skipped ones. */
  rows: number;
  skipped: number;
  segments: SegmentFacts[];
}

/** A value as a line of the manifest. */
export function lineOf(value: unknown): Uint8Array {
  const encoder = new TextEncoder();
  const json = JSON.stringify(value);
  const sum = crc32(encoder.encode(json)).toString(16).padStart(8, '0');
  return encoder.encode(`${sum} ${json}\n`);
}

/** The first line, which describes the run. */
export function firstLine(facts: RunFacts, model: Manifest['model']): Uint8Array {
  return lineOf({ format: FORMAT, version: VERSION, ...facts, model });
}

/** The copy of its line at the end of a batch's last segment. */
export function copyOf(batch: BatchFacts): Uint8Array {
  const line = lineOf(batch);
  const copy = new Uint8Array(line.length + 1).fill(10, 0, 1);
  copy.set(line, 1);
  return copy;
}

/** The value of a line, or undefined if the line is damaged. */
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
  /** Size of its complete lines. */
  bytes: number;
  /** Whether the last line lacks its line break, which is nevertheless counted in `bytes`. */
  unended: boolean;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** Whether a line describes a batch whose rows begin at `start`. A correct checksum alone does not prove that. */
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

/** Whether the first line, without format and version, describes a run that `train` can write. */
function isRun(line: Record<string, unknown>): boolean {
  const { kind, cols, dtype, preclusters, overlap, seed, model, maxLength, properties, vGenes } = line;
  const { bytes, crc } = Object(model);
  const counts = [cols, preclusters, overlap, bytes, crc];
  if (!counts.every(isCount) || !Number.isFinite(seed) || (dtype !== 'f4' && dtype !== 'f8')) return false;
  const [width, most] = [cols as number, preclusters as number];
  if (width < 1 || most < 1 || (overlap as number) < 1 || (overlap as number) > most) return false;
  // The model holds a label and a centroid for each precluster.
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

/** @returns undefined if not even the first line is complete */
export function parseManifest(bytes: Uint8Array, name: string): Manifest | undefined {
  let manifest: Manifest | undefined;
  for (let at = 0; at < bytes.length; ) {
    const newline = bytes.indexOf(10, at);
    // The checksum validates a line even if its line break is missing or damaged. Lines are only ever appended, so only the last
    // one can lack its line break. If its checksum is wrong, the line is incomplete, and its batch was never committed.
    const ends = newline < 0 ? [bytes.length, bytes.length - 1] : [newline];
    const end = ends.find((end) => readLine(bytes.subarray(at, end)));
    if (end === undefined) {
      if (newline < 0) break;
      throw new FormatError(name, 'is damaged: the checksum of a line is wrong', { offset: at });
    }
    const value = readLine(bytes.subarray(at, end)) as Record<string, unknown>;
    if (manifest) {
      const last = manifest.batches.at(-1);
      if (!isBatch(value, last ? last.start + last.rows : 0)) {
        throw new FormatError(name, 'is damaged: a line does not describe the next batch', { offset: at });
      }
      manifest.batches.push(value);
    } else {
      const { format, version, model, ...facts } = value;
      if (format !== FORMAT)
        throw new FormatError(
          name,
          `is not a manifest of a batch run: it begins with ${JSON.stringify(value).slice(0, 60)}`,
        );
      if (version !== VERSION) {
        throw new FormatError(
          name,
          `is of version ${JSON.stringify(version ?? null)}; this Coppice reads version ${VERSION}. Nothing was changed`,
        );
      }
      if (!isRun(value)) throw new FormatError(name, 'is damaged: its first line does not describe a run');
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
