/** Receptors of known epitopes: clusters and their quality as clusTCR finds them. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { mcl } from '../../src/graph/mcl.ts';
import {
  encodeSequences,
  hammingGraph,
  PROPERTIES,
  propertyValues,
  readSequences,
  report,
} from '../../src/sequences/index.ts';
import { clusterQuality } from '../../src/validation/quality.ts';
import { labelledQuality } from '../reference/receptors.ts';

const folder = new URL('../../../shared/data/cdr3/', import.meta.url);
const file = fileURLToPath(new URL('vdj_known_trb_cdr3_epitope.tsv', folder));

describe.skipIf(!existsSync(file))('../shared/data/cdr3', () => {
  test('194 clusters over 554 sequences, retention .2021, purity .8288, purity_90 .6907, consistency .34', async () => {
    const set = await readSequences(file);
    expect(set).toMatchObject({ total: 2835, skippedRows: 0 });
    expect(set.sequences.length).toBe(2741);
    const found = await mcl(await hammingGraph(set.sequences), { inflation: 1.2 });
    expect(found.converged).toBe(true);
    expect(found.clusters.length).toBe(194);
    expect(found.labels.filter((label) => label > 0).length).toBe(554);
    const described = await report(found, set.sequences, { counts: set.counts });
    expect(described.unclustered.length).toBe(2741 - 554);
    const pairs = (await readFile(file, 'utf8'))
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split('\t') as [string, string]);
    expect(new Set(pairs.map(([, epitope]) => epitope)).size).toBe(132);
    const quality = labelledQuality(
      pairs,
      described.clusters.map(({ members }) => Array.from(members, (i) => set.sequences[i])),
    );
    expect(quality.retention).toBeCloseTo(0.2021, 4);
    expect(quality.purity).toBeCloseTo(0.8288, 4);
    expect(quality.purity90).toBeCloseTo(0.6907, 4);
    expect(quality.consistency).toBeGreaterThanOrEqual(0.339);
    expect(quality.consistency).toBeLessThanOrEqual(0.341);
    const labelOf = new Map(set.sequences.map((sequence, i) => [sequence, found.labels[i]]));
    const items = pairs.map(([sequence]) => sequence);
    const measured = clusterQuality(
      items.map((sequence) => labelOf.get(sequence)),
      pairs.map(([, epitope]) => epitope),
      { items },
    );
    expect(measured).toMatchObject({ clusters: 194, clustered: 554, items: 2741 });
    expect(measured.retention).toBeCloseTo(0.2021, 4);
    expect(measured.purity).toBeCloseTo(0.8288, 4);
    expect(measured.purity90).toBeCloseTo(0.6907, 4);
    expect(Math.abs(measured.consistency - 0.34)).toBeLessThanOrEqual(0.001);
  });

  test('the properties are those of aa_properties.json', async () => {
    const table = JSON.parse(await readFile(new URL('aa_properties.json', folder), 'utf8'));
    const letters = 'ACDEFGHIKLMNPQRSTVWY';
    for (const property of PROPERTIES) {
      const values = propertyValues(property);
      for (let a = 0; a < 20; a++) {
        const letter = letters[a];
        const i = Number(property.at(-1)) - 1;
        const wanted = property.startsWith('atchley')
          ? table.atchley[letter][i]
          : property.startsWith('z')
            ? table.z_scores[letter][i]
            : table.z_normed_ddof1[property === 'mutationStability' ? 'mutation_stability' : property][
                letter
              ];
        expect(values[a]).toBeCloseTo(wanted, 12);
      }
    }
    expect((await encodeSequences(['CASSF'])).cols).toBe(4 * 5);
  });
});
