/** DNA is refused wherever amino acid sequences are expected. */
import { expect, test } from 'vitest';
import { assignSequences } from '../../src/sequences/assign.ts';
import { encodeSequences } from '../../src/sequences/encode.ts';
import { hammingGraph } from '../../src/sequences/hamming.ts';
import { report } from '../../src/sequences/report.ts';

const list = ['CASSLGTEAFF', 'TGTGCCAGCAGT'];
const reason = /^sequence 1 consists of nucleotides \("TGTGCCAGCAGT"\); it must be an amino acid sequence$/;

test('DNA is named by its place in the list', async () => {
  await expect(hammingGraph(list)).rejects.toThrow(reason);
  await expect(encodeSequences(list)).rejects.toThrow(reason);
  await expect(report([[0, 1]] as never, list)).rejects.toThrow(reason);
  const known = { sequences: ['CASSF'], labels: [1] };
  await expect(assignSequences([list[1]], known)).rejects.toThrow(/consists of nucleotides/);
});

test('short sequences of these letters are taken', async () => {
  expect((await hammingGraph(['CATA', 'CATG'])).neighbours.length).toBe(2);
  expect((await encodeSequences(['CATGATTA'])).rows).toBe(1);
});
