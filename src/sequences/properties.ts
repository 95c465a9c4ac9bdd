/** Physico-chemical properties of amino acids, as numbers by which sequences can be clustered. */

import { rangeError } from '../errors.ts';
import { checkArray, wrongValue } from '../support/checks.ts';

/** The 20 amino acids, in the order of the tables. */
export const AMINO_ACIDS = 'ACDEFGHIKLMNPQRSTVWY';

/** Properties of an amino acid, by name. */
export type Property =
  | 'basicity'
  | 'helicity'
  | 'hydrophobicity'
  | 'mutationStability'
  | `atchley${1 | 2 | 3 | 4 | 5}`
  | `z${1 | 2 | 3}`;

/**
 * Values in the order of AMINO_ACIDS.
 *
 * basicity: gas-phase basicity, kcal/mol. helicity, hydrophobicity: Liu and Deber 1998, Biopolymers 47, 41. These
 * three are as the Python package clusTCR lists them.
 * mutationStability: probability in percent of being unchanged after 250 PAM; Dayhoff, Schwartz and Orcutt 1978, Atlas of
 * Protein Sequence and Structure 5, suppl. 3, 345.
 * atchley1 to 5: Atchley et al. 2005, PNAS 102, 6395. z1 to z3: Hellberg et al. 1987, J. Med. Chem. 30, 1126.
 */
const TABLE: Record<Property, readonly number[]> = {
  basicity: [
    206.4, 206.2, 208.6, 215.6, 212.1, 202.7, 223.7, 210.8, 221.8, 209.6, 213.3, 212.8, 214.4, 214.2, 237.0,
    207.6, 211.7, 208.7, 216.1, 213.1,
  ],
  helicity: [
    1.24, 0.79, 0.89, 0.85, 1.26, 1.15, 0.97, 1.29, 0.88, 1.28, 1.22, 0.94, 0.57, 0.96, 0.95, 1.0, 1.09, 1.27,
    1.07, 1.11,
  ],
  hydrophobicity: [
    0.16, 2.5, -2.49, -1.5, 5.0, -3.31, -4.63, 4.41, -5.0, 4.76, 3.23, -3.79, -4.92, -2.76, -2.77, -2.85,
    -1.08, 3.02, 4.88, 2.0,
  ],
  mutationStability: [13, 52, 11, 12, 32, 27, 15, 10, 24, 34, 6, 6, 20, 10, 17, 10, 11, 17, 55, 31],
  atchley1: [
    -0.591, -1.343, 1.05, 1.357, -1.006, -0.384, 0.336, -1.239, 1.831, -1.019, -0.663, 0.945, 0.189, 0.931,
    1.538, -0.228, -0.032, -1.337, -0.595, 0.26,
  ],
  atchley2: [
    -1.302, 0.465, 0.302, -1.453, -0.59, 1.652, -0.417, -0.547, -0.561, -0.987, -1.524, 0.828, 2.081, -0.179,
    -0.055, 1.399, 0.326, -0.279, 0.009, 0.83,
  ],
  atchley3: [
    -0.733, -0.862, -3.656, 1.477, 1.891, 1.33, -1.673, 2.131, 0.533, -1.505, 2.219, 1.299, -1.628, -3.005,
    1.502, -4.76, 2.213, -0.544, 0.672, 3.097,
  ],
  atchley4: [
    1.57, -1.02, -0.259, 0.113, -0.397, 1.045, -1.474, 0.393, -0.277, 1.266, -1.005, -0.169, 0.421, -0.503,
    0.44, 0.67, 0.908, 1.242, -2.128, -0.838,
  ],
  atchley5: [
    -0.146, -0.255, -3.242, -0.837, 0.412, 2.064, -0.078, 0.816, 1.648, -0.912, 1.212, 0.933, -1.392, -1.853,
    2.897, -2.647, 1.313, -1.262, -0.184, 1.512,
  ],
  z1: [
    0.07, 0.71, 3.64, 3.08, -4.92, 2.23, 2.41, -4.44, 2.84, -4.19, -2.49, 3.22, -1.22, 2.18, 2.88, 1.96, 0.92,
    -2.69, -4.75, -1.39,
  ],
  z2: [
    -1.73, -0.97, 1.13, 0.39, 1.3, -5.36, 1.74, -1.68, 1.41, -1.03, -0.27, 1.45, 0.88, 0.53, 2.52, -1.63,
    -2.09, -2.53, 3.65, 2.32,
  ],
  z3: [
    0.09, 4.13, 2.36, -0.07, 0.45, 0.3, 1.11, -1.03, -3.14, -0.98, -0.41, 0.84, 2.23, -1.14, -3.44, 0.57,
    -1.4, -1.29, 0.85, 0.01,
  ],
};

/** Values of the ambiguous letters B, X and Z. In clusTCR they count for mean and standard deviation, so they do here. */
const AMBIGUOUS: Partial<Record<Property, readonly number[]>> = {
  basicity: [210.7, 210.2, 214.9],
  helicity: [0.92, 1.29, 0.91],
  hydrophobicity: [-3.14, 4.59, -2.13],
  mutationStability: [],
};

/** All properties, in the order of the paper. */
export const PROPERTIES: readonly Property[] = [
  ...(['basicity', 'helicity', 'hydrophobicity', 'mutationStability'] as const),
  ...(['atchley1', 'atchley2', 'atchley3', 'atchley4', 'atchley5'] as const),
  ...(['z1', 'z2', 'z3'] as const),
];

/** The four that separate epitopes best, by clusTCR's comparison of all 4,095 combinations. */
export const BEST_PROPERTIES: readonly Property[] = ['mutationStability', 'z1', 'z2', 'z3'];

/**
 * The values of a property, in the order of AMINO_ACIDS. z-scores and Atchley's factors are unchanged. The other properties
 * are standardized: the mean is subtracted, and the result divided by the standard deviation (n - 1).
 */
export function propertyValues(property: Property): Float64Array {
  const values = Float64Array.from(TABLE[property]);
  const others = AMBIGUOUS[property];
  if (!others) return values;
  const all = [...values, ...others];
  const mean = all.reduce((sum, x) => sum + x, 0) / all.length;
  const variance = all.reduce((sum, x) => sum + (x - mean) * (x - mean), 0) / (all.length - 1);
  return values.map((x) => (x - mean) / Math.sqrt(variance));
}

/** Check the option. @throws TypeError or RangeError that names the option */
export function readProperties(properties: readonly Property[] = BEST_PROPERTIES): readonly Property[] {
  checkArray(properties, 'properties', 'an array of names');
  if (properties.length === 0) throw rangeError('properties must name at least one');
  const wrong = properties.find((one) => !PROPERTIES.includes(one));
  if (wrong !== undefined) {
    throw wrongValue('properties', `names among ${PROPERTIES.join(', ')}`, wrong);
  }
  const twice = properties.find((one, i) => properties.indexOf(one) !== i);
  if (twice !== undefined) throw rangeError(`properties: ${twice} is listed twice`);
  return properties;
}
