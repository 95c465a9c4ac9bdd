/** Sequences as vectors. */
import { expect, test } from 'vitest';
import {
  BEST_PROPERTIES,
  encodeSequences,
  PROPERTIES,
  type Property,
  propertyValues,
} from '../../src/sequences/index.ts';

const LETTERS = 'ACDEFGHIKLMNPQRSTVWY';
const value = (property: Property, letter: string) =>
  Math.fround(propertyValues(property)[LETTERS.indexOf(letter)]);

test('blocks of properties, each with the sequence in its middle, nearer to the beginning', async () => {
  const { data, rows, cols } = await encodeSequences(['CA', 'CASSF', 'W'], {
    properties: ['z1', 'helicity'],
  });
  expect([rows, cols]).toEqual([3, 10]);
  const block = (text: string, property: Property) =>
    [...text].map((c) => (c === '.' ? 0 : value(property, c)));
  const wanted = ['.CA..', 'CASSF', '..W..'].flatMap((text) => [
    ...block(text, 'z1'),
    ...block(text, 'helicity'),
  ]);
  expect([...data]).toEqual(wanted);
});

test('the default is mutation stability and the three z-scores', async () => {
  const { data } = await encodeSequences(['K']);
  expect([...data]).toEqual(BEST_PROPERTIES.map((property) => value(property, 'K')));
  expect(BEST_PROPERTIES).toEqual(['mutationStability', 'z1', 'z2', 'z3']);
  expect((await encodeSequences(['K'], { properties: PROPERTIES })).cols).toBe(12);
});

test('properties that are normalised have mean near 0 and deviation near 1', () => {
  const stability = propertyValues('mutationStability');
  expect(stability.reduce((a, b) => a + b, 0)).toBeCloseTo(0, 12);
  expect(stability.reduce((a, b) => a + b * b, 0) / 19).toBeCloseTo(1, 12);
});

test('a length trained for is kept to, and what is longer is refused', async () => {
  expect((await encodeSequences(['CA'], { length: 7, properties: ['z1'] })).cols).toBe(7);
  await expect(encodeSequences(['CA', 'CASSF'], { length: 4 })).rejects.toThrow(
    'sequence 1 has 5 residues, but at most 4 are allowed (the length of training)',
  );
});

test('nothing in, nothing out', async () => {
  expect(await encodeSequences([])).toEqual({ data: new Float32Array(0), rows: 0, cols: 4, scaled: true });
});

test.each([
  [['CaT'], {}, RangeError, 'sequence 0 has "a" at position 1'],
  [['C\u{1f600}T'], {}, RangeError, 'at position 1; allowed are the amino acids'],
  [['CBT'], {}, RangeError, 'sequence 0 has "B" at position 1'],
  [['CAT', ''], {}, RangeError, 'sequence 1 is empty'],
  [[7], {}, TypeError, 'sequence 0 must be a string, got 7'],
  ['CAT', {}, TypeError, 'sequences must be an array of strings'],
  [['CAT'], { properties: [] }, RangeError, 'properties must name at least one'],
  [['CAT'], { properties: ['size'] }, RangeError, 'properties must be names among basicity'],
  [['CAT'], { properties: ['z1', 'z1'] }, RangeError, 'z1 is listed twice'],
  [['CAT'], { length: 2.5 }, RangeError, 'length must be a whole number from 1, got 2.5'],
  [['CAT'], { length: '3' }, TypeError, 'length must be a whole number from 1, got the string "3"'],
  [
    ['CAT', 'CAT'],
    { memoryLimit: 50 },
    RangeError,
    'the vectors of 2 sequences needs 96 B, but memoryLimit allows 50 B; 1 at a time would fit',
  ],
] as unknown as [never, object, new () => Error, string][])(
  '%j with %o is refused',
  async (sequences, options, type, message) => {
    const failed = await encodeSequences(sequences, options).catch((error) => error);
    expect(failed).toBeInstanceOf(type);
    expect(failed.message).toContain(message);
  },
);
