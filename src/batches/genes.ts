/**
 * Sequences with their V genes, of runs that keep to pairs of the same gene.
 *
 * Inside such a run a row is one text, the sequence, a space and the gene: what is read, counted once, kept in segments
 * and carried over preclusters stays the same, and only those who compare or encode sequences take it apart.
 */
import type { RunFacts } from './manifest.ts';

/** Longer names are no genes; rows are laid out for so many letters. */
export const MOST_GENE_LETTERS = 64;

export function withGene(sequence: string, gene: string): string {
  return `${sequence} ${gene}`;
}

export function sequenceOf(text: string): string {
  return text.slice(0, text.indexOf(' '));
}

export function geneOf(text: string): string {
  return text.slice(text.indexOf(' ') + 1);
}

/** Letters of a row at most. */
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

/** The genes of rows, as `hammingGraph` takes them. */
export function groupsOf(
  texts: readonly string[],
  { vGenes }: Pick<RunFacts, 'vGenes'>,
): { groups?: string[] } {
  return vGenes ? { groups: texts.map(geneOf) } : {};
}

/** Why text is no name of a gene; undefined where it is one. */
export function whyNoGene(gene: string): string | undefined {
  if (gene.length <= MOST_GENE_LETTERS && /^[!-~]*$/.test(gene)) return undefined;
  return `has the V gene ${JSON.stringify(gene.slice(0, 80))}; allowed are up to ${MOST_GENE_LETTERS} characters from '!' to '~'`;
}
