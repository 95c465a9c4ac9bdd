import { rangeError } from '../../errors.ts';
import { allocate } from '../../support/allocate.ts';
import { checkBoolean, checkNumber, checkOptions, checkString, wrongValue } from '../../support/checks.ts';
import type { Z } from '../../types.ts';
import { maxBelow } from '../traverse.ts';
import { type ExactSum, plus, rounded, ZERO } from './exact-sum.ts';
import { leafNames } from './names.ts';
import { type NewickToken, newickTokens, problemAt } from './newick-tokens.ts';
import { heightFactor, type NewickHeights } from './to-newick.ts';

export interface FromNewickOptions {
  /** What lengths add up to: half the height of a merge (the default), or the whole height. */
  heights?: NewickHeights;
  /** The leaf with names[i] becomes leaf i. Default: leaves are numbered as they come in the text. */
  names?: readonly string[];
  /** Whether an underscore outside quotes stands for a blank, as the format has it. Default true, as in scikit-bio. */
  convertUnderscores?: boolean;
  /** By how much the lengths to different leaves below a merge may differ, as a share of the tree's height. Default 1e-6. */
  tolerance?: number;
}

/** A tree that was read. */
export interface NewickTree {
  Z: Z;
  /** The name of each leaf; '' if it has none. */
  names: string[];
}

/** A finished part of the tree. */
interface Part {
  /** A leaf, or merge i as -1 - i. */
  node: number;
  height: number;
  /** The lengths from its leftmost leaf up to it, without its own. */
  sum: ExactSum;
  /** The length of its branch; undefined if it has none. */
  length: number | undefined;
  /** Where it ends in the text, for messages. */
  at: number;
}

/** What rounding leaves of lengths that cancel, as a share of the longest. */
const ROUNDING = 1e-12;

/** Merges in the order in which they are closed: parts before wholes. */
class Merges {
  readonly left: number[] = [];
  readonly right: number[] = [];
  readonly heights: number[] = [];
  /** The largest difference between lengths to leaves below one merge, and its place. */
  worst = { apart: 0, at: 0 };
  /** The longest branch so far. */
  #longest = 0;

  /** Join parts at one height. Three or more become merges at equal heights, from the left. */
  join(text: string, parts: readonly Part[], at: number): Part {
    let sum = ZERO;
    let height = 0;
    let most = Number.NEGATIVE_INFINITY;
    let least = Number.POSITIVE_INFINITY;
    for (const part of parts) {
      if (part.length === undefined) {
        throw problemAt(text, part.at, 'a branch has no length; every branch below the root needs one');
      }
      this.#longest = Math.max(this.#longest, Math.abs(part.length));
      const reach = plus(part.sum, part.length);
      most = Math.max(most, reach.high);
      least = Math.min(least, reach.high);
      // The first part gives the height, as toNewick writes it.
      if (part === parts[0]) {
        sum = reach;
        height = rounded(reach);
      } else if (part.length >= 0 && part.height > height) {
        // Lengths were rounded. The merge must not be below its part.
        height = part.height;
        sum = { high: height, low: 0 };
      }
    }
    if (most - least > this.worst.apart) this.worst = { apart: most - least, at };
    if (height < 0 && height >= -ROUNDING * this.#longest) {
      // Below an inversion lengths cancel, and what is left of their rounding may be negative.
      height = 0;
      sum = ZERO;
    }
    if (height < 0) throw problemAt(text, at, `a merge is at height ${height}, below its leaves`);
    let { node } = parts[0];
    for (const part of parts.slice(1)) {
      this.left.push(node);
      this.right.push(part.node);
      this.heights.push(height);
      node = -this.left.length;
    }
    return { node, height, sum, length: undefined, at };
  }
}

/**
 * Read a tree from Newick, as written by `toNewick`, scikit-bio, ape, Biopython, iTOL and others.
 *
 * Heights: a merge is at the length of its branches down to the leaves, times 2 unless `heights` is 'whole'. These must be
 * equal for all leaves below it, within `tolerance`: a tree of linkage has all leaves at height 0.
 * Names: those of leaves. In quotes, or bare with blanks for underscores (`convertUnderscores`). Labels of inner nodes
 * and comments in brackets are passed over.
 * Rows of Z are in the order of the heights. A node with three or more branches becomes merges at equal heights.
 * Cost: O(n log n); no recursion.
 * Errors: TypeError if `text` is not a text or an option is unknown; FormatError with the place for text that is not one
 * Newick tree ending in ';', a missing length, leaves at different heights, or fewer than two leaves; RangeError if
 * `names` are not the names of the leaves, or a value is not allowed.
 *
 * @example
 * const { Z, names } = fromNewick('((a:1,b:1):2,c:3);'); // heights 2 and 6
 */
export function fromNewick(text: string, options: FromNewickOptions = {}): NewickTree {
  checkString(text, 'text', 'a text in Newick format');
  checkOptions(
    options,
    { heights: true, names: true, convertUnderscores: true, tolerance: true },
    'fromNewick',
    "{ heights: 'whole' }",
  );
  const factor = heightFactor(options.heights);
  const { convertUnderscores = true, tolerance = 1e-6 } = options;
  checkBoolean(convertUnderscores, 'convertUnderscores');
  checkNumber(tolerance, 'tolerance');
  if (!(tolerance >= 0)) throw wrongValue('tolerance', '0 or more', tolerance);
  const { names, merges } = readParts(text, newickTokens(text, convertUnderscores));
  const n = names.length;
  if (n < 2)
    throw problemAt(text, text.length, `the tree has ${n} ${n === 1 ? 'leaf' : 'leaves'}; it needs two`);
  const height = merges.heights.reduce((a, b) => Math.max(a, b));
  if (merges.worst.apart > tolerance * height) {
    const share = (merges.worst.apart / height).toPrecision(2);
    throw problemAt(
      text,
      merges.worst.at,
      `leaves below one merge differ in their distance to it by ${share} of the tree's height; in a tree of ` +
        'linkage they are equal (see the option tolerance)',
    );
  }
  const numbers = options.names && numbering(names, options.names);
  return {
    Z: toLinkage(merges, n, factor, numbers),
    names: options.names ? [...options.names] : names,
  };
}

/** Follow the brackets. Parts of a bracket that is open wait on a stack. */
function readParts(text: string, tokens: Iterable<NewickToken>): { names: string[]; merges: Merges } {
  const names: string[] = [];
  const merges = new Merges();
  const open: Part[][] = [];
  let parts: Part[] = [];
  let ended = false;
  /** The part that is being read, after its bracket or name; its length may follow. */
  let now: (Part & { named: boolean }) | undefined;
  const leaf = (name: string, at: number) => {
    names.push(name);
    return { node: names.length - 1, height: 0, sum: ZERO, length: undefined, named: true, at };
  };
  for (const { kind, value, at } of tokens) {
    switch (kind) {
      case '(':
        if (now) throw problemAt(text, at, "a '(' follows a name or a ')'; a comma is missing");
        open.push(parts);
        parts = [];
        break;
      case 'name':
        if (now?.named) throw problemAt(text, at, 'a branch has two names; a comma is missing');
        // The name of an inner node is passed over.
        if (now) now.named = true;
        else now = leaf(value, at);
        break;
      case 'length':
        now ??= leaf('', at);
        if (now.length !== undefined) throw problemAt(text, at, 'a branch has two lengths');
        now.length = Number(value);
        now.named = true;
        break;
      case ',':
      case ')': {
        const outer = open.at(-1);
        if (!outer) throw problemAt(text, at, `a '${kind}' outside of all brackets`);
        parts.push(now ?? leaf('', at));
        now = undefined;
        if (kind === ',') break;
        now = { ...merges.join(text, parts, at), named: false };
        parts = outer;
        open.pop();
        break;
      }
      case ';':
        if (open.length > 0) {
          throw problemAt(text, at, `the tree ends with ${open.length} '(' that have no ')'`);
        }
        ended = true;
    }
  }
  if (ended) return { names, merges };
  throw problemAt(text, text.length, "the tree does not end in ';'; was the text cut short?");
}

/** The number of each leaf by its name. @throws RangeError unless both lists have the same names, each once */
function numbering(found: readonly string[], names: readonly string[]): number[] {
  leafNames(names, found.length);
  const numbers = new Map(names.map((name, leaf) => [name, leaf]));
  if (numbers.size < names.length) {
    const twice = names.find((name, leaf) => numbers.get(name) !== leaf);
    throw rangeError(`names has ${JSON.stringify(twice)} twice; leaves are numbered by their names`);
  }
  const used = new Set<string>();
  return found.map((name) => {
    const number = numbers.get(name);
    if (number === undefined || used.has(name)) {
      const why = number === undefined ? 'is not one of the names' : 'is in the tree twice';
      throw rangeError(`names: the leaf ${JSON.stringify(name)} ${why}`);
    }
    used.add(name);
    return number;
  });
}

/** Put merges in the order of their heights, parts before wholes, as linkage does. */
function toLinkage({ left, right, heights }: Merges, n: number, factor: number, numbers?: number[]): Z {
  const nodeOf = (part: number, place: ArrayLike<number>) =>
    part < 0 ? n + place[-1 - part] : numbers ? numbers[part] : part;
  const closed = allocate(Float64Array, 4 * (n - 1));
  const same = Array.from(heights, (_, i) => i);
  for (const i of same) closed.set([nodeOf(left[i], same), nodeOf(right[i], same), heights[i], 0], 4 * i);
  // A merge below one of its parts follows it at once: it counts as high as that part.
  const high = maxBelow(closed, closed, 4, 2);
  const order = same.toSorted((a, b) => high[a] - high[b] || a - b);
  const place = allocate(Int32Array, n - 1);
  for (let row = 0; row < n - 1; row++) place[order[row]] = row;
  const Z = allocate(Float64Array, 4 * (n - 1));
  for (let row = 0; row < n - 1; row++) {
    const merge = order[row];
    const [a, b] = [nodeOf(left[merge], place), nodeOf(right[merge], place)];
    const count = (node: number) => (node < n ? 1 : Z[4 * (node - n) + 3]);
    Z.set([a, b, heights[merge] / factor, count(a) + count(b)], 4 * row);
  }
  return Z;
}
