/**
 * Makes receptors.tsv, 600 rows in AIRR's columns: invented clonotypes of one donor. Some have relatives that differ in one
 * position, a few occur twice, and three are out of frame, as in real files.
 *
 *   node examples/sequences/make-receptors.mjs > examples/sequences/receptors.tsv
 */
import { uniform } from '../../bench/data.mjs';
import { receptors } from '../../bench/receptors.mjs';

const next = uniform(7);
const below = (n) => Math.floor(next() * n);
const GENES = ['TRBV20-1*01', 'TRBV5-1*01', 'TRBV6-5*01', 'TRBV7-9*03', 'TRBV19*01', 'TRBV28*01'];
const LETTERS = 'ACDEFGHIKLMNPQRSTVWY';

const list = receptors(420, 11);
// Families: relatives of a founder differ in one of its inner positions.
for (let family = 0; family < 12; family++) {
  const founder = list[below(400)];
  for (let i = 3 + below(12); i > 0; i--) {
    const place = 4 + below(founder.length - 8);
    list.push(founder.slice(0, place) + LETTERS[below(20)] + founder.slice(place + 1));
  }
}
while (list.length < 597) list.push(list[below(list.length)]);
for (const wrong of ['CASSL*GNTEAFF', 'CASSPG_DTQYF', '']) list.splice(below(list.length), 0, wrong);

console.log('sequence_id\tv_call\tjunction_aa\tduplicate_count');
list.forEach((sequence, i) => {
  const gene = GENES[[...sequence].reduce((sum, c) => sum + c.charCodeAt(0), 0) % GENES.length];
  console.log(`clone ${i + 1}, donor 7\t${gene}\t${sequence}\t${1 + below(9)}`);
});
