/** Random numbers that a seed fixes: sfc32 by Chris Doty-Humphrey (PractRand), seeded through FNV-1a. */

export class Random {
  #a;
  #b;
  #c;
  #d = 1;

  /** @param {...(string | number)} parts whatever names the sequence */
  constructor(...parts) {
    let hash = 0x811c9dc5;
    for (const char of parts.join('/')) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
    this.#a = hash;
    this.#b = Math.imul(hash, 0x9e3779b1);
    this.#c = hash ^ 0x5bd1e995;
    for (let i = 0; i < 12; i++) this.bits();
  }

  /** 32 random bits. */
  bits() {
    const sum = (this.#a + this.#b + this.#d++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** A whole number from 0 to before `end`. */
  below(end) {
    return Math.floor((this.bits() / 2 ** 32) * end);
  }

  /** A whole number from `from` to `to`, both included. */
  between(from, to) {
    return from + this.below(to - from + 1);
  }

  /** True once in `n` times. */
  oneIn(n) {
    return this.below(n) === 0;
  }

  pick(list) {
    return list[this.below(list.length)];
  }
}

/** A digest of bytes in hexadecimal, for names. */
export function digestOf(bytes) {
  let [a, b] = [0x811c9dc5, 0x1000193];
  for (const byte of bytes) {
    a = Math.imul(a ^ byte, 0x01000193);
    b = Math.imul(b + byte, 0x85ebca6b) ^ (b >>> 13);
  }
  return (a >>> 0).toString(16).padStart(8, '0') + (b >>> 0).toString(16).padStart(8, '0');
}
