/**
 * Sequences with their V genes, for runs that join only sequences of the same gene.
 *
 * Within such a run a row is one string: the sequence, a space and the gene. Reading, counting, segments and merging treat it
 * like any other string. Only code that compares or encodes sequences splits it.
 */
import type { RunFacts } from './manifest.ts';

/** Longer names are refused; the size of a row is planned for this many letters. */
const MOST_GENE_LETTERS = 64;

export function withGene(sequence: string, gene: string): string {
  return `${sequence} ${gene}`;
}

export function sequenceOf(text: string): string {
  return text.slice(0, text.indexOf(' '));
}

export function geneOf(text: string): string {
  return text.slice(text.indexOf(' ') + 1);
}

/** Largest number of letters of a row. */
export function mostLetters({ maxLength, vGenes }: RunFacts): number {
  return (maxLength as number) + (vGenes ? 1 + MOST_GENE_LETTERS : 0);
}

/** The sequences of rows. */
export function sequencesOf(
  texts: readonly string[],
  { vGenes }: Pick<RunFacts, 'vGenes'>,
): readonly string[] {
  return vGenes ? texts.map(sequenceOf) : texts;
}

/** The genes of rows, as options of `hammingGraph`. */
export function groupsOf(
  texts: readonly string[],
  { vGenes }: Pick<RunFacts, 'vGenes'>,
): { groups?: string[] } {
  return vGenes ? { groups: texts.map(geneOf) } : {};
}

/** Why a string is not a valid gene name; undefined if it is. */
export function whyNoGene(gene: string): string | undefined {
  if (gene.length <= MOST_GENE_LETTERS && /^[!-~]*$/.test(gene)) return undefined;
  return `has the V gene ${JSON.stringify(gene.slice(0, 80))}; allowed are up to ${MOST_GENE_LETTERS} characters from '!' to '~'`;
}
