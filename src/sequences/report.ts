import { rangeError } from '../errors.ts';
import type { MarkovClusters } from '../graph/mcl.ts';
import { readRun } from '../runtime/run.ts';
import { allocate, guard } from '../support/allocate.ts';
import { checkArray, checkLength, checkNumber, checkOptions, RUN_OPTIONS } from '../support/checks.ts';
import { inSteps } from '../support/scheduling.ts';
import type { Run } from '../types.ts';
import { refuseNucleotides } from './letters.ts';
import { AMINO_ACIDS, PROPERTIES, type Property, propertyValues, readProperties } from './properties.ts';

/** Options of `report`. */
export interface ReportOptions extends Run {
  /** Fraction that one residue, or two together, must reach at a position of the motif. Default 0.7. */
  cutoff?: number;
  /** Default: all of PROPERTIES. */
  properties?: readonly Property[];
  /** Number of occurrences of each sequence, as counted by `readSequences`. Default: 1. */
  counts?: ArrayLike<number>;
}

/** Clusters to describe: the result of `mcl`, arrays of members, or the label of each sequence (0: none). */
export type ReportedClusters = Pick<MarkovClusters, 'clusters'> | readonly Uint32Array[] | Int32Array;

/** Description of a cluster. */
export interface ClusterReport {
  /** Its number, from 1. */
  cluster: number;
  /** Number of distinct sequences. */
  size: number;
  /** Number of sequences, with duplicates. */
  count: number;
  /** Indexes of its sequences, ascending. */
  members: Uint32Array;
  /** Most frequent length (the smallest if several are equally frequent). Motif and entropy use members of this length. */
  length: number;
  /** Number of members of that length. */
  aligned: number;
  /**
   * One sign per position. A residue that reaches the cut-off is in upper case. If two residues reach it together, the first
   * is in lower case if it is at least twice as frequent as the second; otherwise both are given as `[AB]`. Elsewhere `.`.
   */
  motif: string;
  /**
   * Mean over the positions, without the first and the last, of Shannon's entropy in bits divided by log2 of `aligned`. It is
   * 0 if all are equal, 1 if all differ.
   */
  entropy: number;
  /** For each property of `propertyValues`: the mean over residues, averaged over members. */
  properties: Record<string, number>;
}

export interface SequenceReport {
  clusters: ClusterReport[];
  /** Indexes of sequences without a cluster. */
  unclustered: Uint32Array;
}

/**
 * Describe clusters of sequences: size, motif, entropy and properties of each, and the sequences without a cluster.
 *
 * @param clusters the result of `mcl`, its array of clusters, or the label of each sequence as batches return it. With
 *   labels, equal sequences of a cluster count once for `size`, motif and the rest
 * @param sequences the sequences of the graph, in order
 * @throws TypeError for other types; RangeError for members that do not exist, invalid options, and letters that are no amino
 *   acids
 *
 * Motif and entropy are defined as in the Python package clusTCR.
 */
export async function report(
  clusters: ReportedClusters,
  sequences: readonly string[],
  options: ReportOptions = {},
): Promise<SequenceReport> {
  const known = { cutoff: true, properties: true, counts: true, ...RUN_OPTIONS } as const;
  checkOptions(options, known, 'report', '{ cutoff: 0.7 }');
  const { cutoff = 0.7, counts } = options;
  checkArray(sequences, 'sequences', 'an array of strings');
  const labelled = clusters instanceof Int32Array ? membersOf(clusters, sequences.length) : undefined;
  const list =
    labelled?.members ??
    (Array.isArray(clusters) ? clusters : (clusters as Partial<MarkovClusters> | null)?.clusters);
  checkArray(
    list,
    'clusters',
    'the result of mcl, its array of clusters or an Int32Array with the label of each sequence',
  );
  checkNumber(cutoff, 'cutoff', 'above 0 and at most 1', (x) => x > 0 && x <= 1);
  if (counts) checkLength(counts.length, 'counts', sequences.length, 'count', 'sequences');
  const properties = readProperties(options.properties ?? PROPERTIES);
  const run = readRun(options);
  const profiler = guard(() => new Profiler(properties, cutoff));
  const clustered = allocate(Uint8Array, sequences.length);
  const reports: ClusterReport[] = [];
  const total = list.length;
  await inSteps(total, 256, run.signal, (begin, end) => {
    for (let c = begin; c < end; c++) {
      const members = Uint32Array.from(list[c]);
      const texts = Array.from(members, (i) => {
        if (!(i < sequences.length)) {
          throw rangeError(
            `cluster ${c + 1} has sequence ${i}, but there are only ${sequences.length} sequences`,
          );
        }
        clustered[i] = 1;
        refuseNucleotides(sequences[i], `sequence ${i}`);
        return sequences[i];
      });
      if (texts.length === 0) throw rangeError(`cluster ${c + 1} has no sequences`);
      const count = counts ? members.reduce((sum, i) => sum + counts[i], 0) : members.length;
      const distinct = labelled ? [...new Set(texts)] : texts;
      const cluster = labelled?.labels[c] ?? c + 1;
      reports.push({ cluster, size: distinct.length, count, members, ...profiler.describe(distinct) });
    }
    run.progress({ phase: 'report', done: end, total });
  });
  const unclustered: number[] = [];
  for (let i = 0; i < clustered.length; i++) if (clustered[i] === 0) unclustered.push(i);
  return { clusters: reports, unclustered: guard(() => Uint32Array.from(unclustered)) };
}

/** The members of each cluster, by ascending label; 0 means no cluster. @throws RangeError */
function membersOf(labels: Int32Array, n: number): { labels: number[]; members: number[][] } {
  checkLength(labels.length, 'clusters', n, 'label', 'sequences');
  const clusters = new Map<number, number[]>();
  labels.forEach((label, i) => {
    if (label < 0)
      throw rangeError(`label ${i} is ${label}; labels are from 1, or 0 for a sequence in no cluster`);
    if (label === 0) return;
    const members = clusters.get(label);
    if (members) members.push(i);
    else clusters.set(label, [i]);
  });
  const sorted = [...clusters].sort(([a], [b]) => a - b);
  return { labels: sorted.map(([label]) => label), members: sorted.map(([, members]) => members) };
}

/**
 * Log2 of a whole number from 1. It is the same on every engine, which Math.log2 is not. Series: s = (m-1)/(m+1),
 * 2/ln 2 (s + s³/3 + ...).
 * @internal
 */
export function log2(n: number): number {
  const k = 31 - Math.clz32(n);
  const m = n / 2 ** k;
  const s = (m - 1) / (m + 1);
  let sum = 0;
  for (let i = 41; i >= 1; i -= 2) sum = s * s * sum + 1 / i;
  return k + (sum * s * 2) / Math.LN2;
}

class Profiler {
  readonly #letters = new Int8Array(128).fill(-1);
  readonly #tables: Float64Array[];

  readonly #properties: readonly Property[];
  readonly #cutoff: number;

  constructor(properties: readonly Property[], cutoff: number) {
    this.#properties = properties;
    this.#cutoff = cutoff;
    for (let a = 0; a < AMINO_ACIDS.length; a++) this.#letters[AMINO_ACIDS.charCodeAt(a)] = a;
    this.#tables = properties.map(propertyValues);
  }

  describe(
    texts: readonly string[],
  ): Pick<ClusterReport, 'length' | 'aligned' | 'motif' | 'entropy' | 'properties'> {
    const length = commonLength(texts);
    const aligned = texts.filter((text) => text.length === length);
    const profile = this.#profileOf(aligned, length);
    let motif = '';
    for (let place = 0; place < length; place++) motif += this.#sign(profile[place], aligned.length);
    return {
      length,
      aligned: aligned.length,
      motif,
      entropy: entropyOf(profile, aligned.length),
      properties: this.#means(texts),
    };
  }

  #letterOf(text: string, place: number): number {
    const letter = this.#letters[text.charCodeAt(place)] ?? -1;
    if (letter >= 0) return letter;
    throw rangeError(
      `${JSON.stringify(text)} has ${JSON.stringify(text[place])} at position ${place}; allowed are the amino acids ${AMINO_ACIDS}`,
    );
  }

  #profileOf(texts: readonly string[], length: number): Uint32Array[] {
    const profile = Array.from({ length }, () => new Uint32Array(AMINO_ACIDS.length));
    for (const text of texts)
      for (let place = 0; place < length; place++) profile[place][this.#letterOf(text, place)]++;
    return profile;
  }

  /** One position of the motif. Equally frequent residues are ordered alphabetically. */
  #sign(counts: Uint32Array, n: number): string {
    let first = 0;
    for (let a = 1; a < counts.length; a++) if (counts[a] > counts[first]) first = a;
    let second = first === 0 ? 1 : 0;
    for (let a = 0; a < counts.length; a++) if (a !== first && counts[a] > counts[second]) second = a;
    const letter = AMINO_ACIDS[first];
    if (counts[first] / n >= this.#cutoff) return letter;
    if ((counts[first] + counts[second]) / n < this.#cutoff) return '.';
    return counts[first] >= 2 * counts[second] ? letter.toLowerCase() : `[${letter}${AMINO_ACIDS[second]}]`;
  }

  #means(texts: readonly string[]): Record<string, number> {
    const sums = new Float64Array(this.#tables.length);
    const counts = new Uint32Array(AMINO_ACIDS.length);
    for (const text of texts) {
      counts.fill(0);
      for (let place = 0; place < text.length; place++) counts[this.#letterOf(text, place)]++;
      this.#tables.forEach((table, p) => {
        let sum = 0;
        for (let a = 0; a < table.length; a++) sum += counts[a] * table[a];
        sums[p] += sum / text.length;
      });
    }
    return Object.fromEntries(this.#properties.map((name, p) => [name, sums[p] / texts.length]));
  }
}

/** The most frequent length; the smallest if there are several. */
function commonLength(texts: readonly string[]): number {
  const counts = new Map<number, number>();
  for (const { length } of texts) counts.set(length, (counts.get(length) ?? 0) + 1);
  return [...counts].reduce((a, b) => (b[1] > a[1] || (b[1] === a[1] && b[0] < a[0]) ? b : a))[0];
}

function entropyOf(profile: readonly Uint32Array[], n: number): number {
  const inner = profile.length > 2 ? profile.slice(1, -1) : profile;
  if (n < 2) return 0;
  let sum = 0;
  for (const counts of inner) {
    let bits = 0;
    for (const count of counts) if (count > 0) bits += count * (log2(n) - log2(count));
    sum += bits / n / log2(n);
  }
  return sum / inner.length;
}
