/**
 * Distinct CDR3 sequences as in the repertoire of one donor: the trimmed ends of a V and a J gene, and between them a piece of D
 * and randomly inserted residues. Germline ends: IMGT, human TRBV and TRBJ. Frequencies of genes, trims and insertions are round
 * numbers close to those of Robins et al. 2009, Blood 114, 4099, not fitted.
 */
import { uniform } from './data.mjs';

/** Residues of the V gene from the conserved C on, and its frequency in 1000. */
const V = [
  ['CSARD', 90],
  ['CASSLE', 70],
  ['CASSYS', 80],
  ['CASSLA', 70],
  ['CASSLS', 90],
  ['CASSIG', 55],
  ['CSVED', 50],
  ['CASSLG', 120],
  ['CASSE', 75],
  ['CASSVG', 45],
  ['CASSQD', 90],
  ['CAISES', 25],
  ['CASSPP', 40],
  ['CAWSV', 30],
  ['CASSFG', 30],
  ['CATSDL', 25],
  ['CATSRD', 15],
];
/** Residues of the J gene up to the conserved F. */
const J = [
  ['NTEAFF', 150],
  ['NYGYTF', 85],
  ['SGNTIYF', 35],
  ['TNEKLFF', 50],
  ['SNQPQHF', 80],
  ['YNSPLHF', 30],
  ['SYNEQFF', 160],
  ['NTGELFF', 85],
  ['STDTQYF', 105],
  ['AKNIQYF', 20],
  ['QETQYF', 100],
  ['SGANVLTF', 20],
  ['SYEQYF', 180],
];
const D = ['GTG', 'GQG', 'GG', 'GTSG', 'GLAG', 'RG', 'TSG', 'DR', 'AGG', 'G'];
/** Inserted residues: each as often as in 100 insertions. */
const INSERTED = [
  ...'GGGGGGGGGGGGGGRRRRRRRRRRSSSSSSSSSSLLLLLLLLPPPPPPPPTTTTTTTAAAAAAAQQQQQDDDDDEEEEVVVVWWWYYYNNNFFHHKKIIMC',
];

/** Lengths, and the frequency of each in 1000. */
const LENGTHS = [
  [9, 4],
  [10, 10],
  [11, 35],
  [12, 90],
  [13, 155],
  [14, 215],
  [15, 215],
  [16, 130],
  [17, 75],
  [18, 40],
  [19, 20],
  [20, 11],
];

function pick(table, below) {
  const total = table.reduce((sum, [, share]) => sum + share, 0);
  let at = below(total);
  for (const [item, share] of table) {
    at -= share;
    if (at < 0) return item;
  }
  return table[0][0];
}

/** Number of heads before the first tail, at most `most`. */
function run(below, heads, most) {
  let count = 0;
  while (count < most && below(100) < heads) count++;
  return count;
}

/** `count` distinct sequences, and the V motif of each. */
export function receptors(count, seed = 1) {
  const next = uniform(seed);
  const below = (n) => Math.floor(next() * n);
  const seen = new Set();
  while (seen.size < count) {
    const v = pick(V, below);
    const j = pick(J, below);
    const head = v.slice(0, Math.max(3, v.length - run(below, 60, 3)));
    const tail = j.slice(run(below, 58, 4));
    const d = below(100) < 65 ? D[below(D.length)] : '';
    const free = pick(LENGTHS, below) - head.length - d.length - tail.length;
    if (free < 0) continue;
    const before = below(free + 1);
    const inserted = (n) => Array.from({ length: n }, () => INSERTED[below(INSERTED.length)]).join('');
    seen.add(head + inserted(before) + d + inserted(free - before) + tail);
  }
  return [...seen];
}
