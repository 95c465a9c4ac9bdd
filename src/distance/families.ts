/**
 * What a metric is made of, in the numbers that kernels know (assembly/distance/families.ts): a family, which says
 * what is summed over the coordinates, and a finish, which makes a distance of the sums.
 */
export const FAMILY = {
  squares: 0,
  absolute: 1,
  largest: 2,
  products: 3,
  weightedSquares: 4,
  weightedAbsolute: 5,
  canberra: 6,
  unequal: 7,
  brayCurtis: 8,
  dice: 9,
  weightedDice: 10,
  bits: 11,
  weightedBits: 12,
  powers: 13,
  divergence: 14,
  quadratic: 15,
} as const;

export const FINISH = {
  plain: 0,
  root: 1,
  cosine: 2,
  ratio: 3,
  diceRatio: 4,
  share: 5,
  powerRoot: 6,
  divergenceRoot: 7,
  jaccard: 8,
  kulczynski: 9,
  rogersTanimoto: 10,
  russellRao: 11,
  sokalSneath: 12,
  yule: 13,
} as const;

/** Families from here on have kernels in float64 alone. */
export const FIRST_WIDE: number = FAMILY.dice;
