/** The data from which the model is made: embeddings around twelve centres, generated from a seed. */

export const COLS = 128;
const CENTRES = 12;

/** Whole numbers below `n` from xorshift32, the same on every machine. */
function generator(seed) {
  let x = (seed * 2654435761 + 1) >>> 0 || 1;
  return (n) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    x >>>= 0;
    return x % n;
  };
}

/** `count` rows of float32, row-major. Other seeds give other rows around the same centres. */
export function rows(count, seed) {
  const centre = generator(7);
  const centres = Array.from({ length: CENTRES * COLS }, () => centre(2001) - 1000);
  const below = generator(seed);
  const data = new Float32Array(count * COLS);
  for (let i = 0; i < count; i++) {
    const from = below(CENTRES) * COLS;
    for (let j = 0; j < COLS; j++) {
      const noise = below(1001) + below(1001) + below(1001) - 1500;
      data[i * COLS + j] = (centres[from + j] + noise) / 8192;
    }
  }
  return data;
}
