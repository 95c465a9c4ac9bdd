import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cophenet } from '../../../src/hierarchy/cophenet.ts';
import { leavesList } from '../../../src/hierarchy/leaves.ts';
import { fromNewick } from '../../../src/hierarchy/trees/from-newick.ts';
import { toNewick } from '../../../src/hierarchy/trees/to-newick.ts';
import { isValidLinkage } from '../../../src/hierarchy/validate.ts';
import { chain, linkages, randomTree } from '../arbitrary.ts';
import { differences, f64, golden } from '../golden.ts';

interface Case {
  name: string;
  Z: number[];
  names: string[];
  /** What scikit-bio writes of Z, what we write, and what scikit-bio writes when it has read that. */
  newick: string;
  ours: string;
  whole: string;
  again: string;
  tips: string[];
  distances: number[];
}

/** Halves of subnormal numbers are rounded. */
const plain = (Z: Float64Array) => Z.map((x) => (x < 1e-300 ? 0 : x));

/** `toEqual` takes its time over many elements. */
const same = (a: Float64Array, b: Float64Array) => a.length === b.length && a.every((x, i) => x === b[i]);

const numbered = (n: number) => Array.from({ length: n }, (_, i) => String(i));

describe('scikit-bio', () => {
  test.each(golden('trees/newick.json').cases as Case[])('$name', (c) => {
    const Z = f64(c.Z);
    const { names } = c;
    const tied = c.name.startsWith('tied');
    expect(toNewick(Z, names)).toBe(c.ours);
    expect(toNewick(Z, names, { heights: 'whole' })).toBe(c.whole);

    // What it reads of our text: the same names, and leaves as far apart as they were merged.
    const order = Array.from(leavesList(Z));
    expect(c.tips).toEqual(order.map((leaf) => names[leaf]));
    const apart = cophenet(Z);
    const n = names.length;
    const at = (i: number, j: number): number =>
      i < j ? apart[n * i - (i * (i + 1)) / 2 + j - i - 1] : at(j, i);
    const wanted = order.flatMap((a, i) => order.slice(i + 1).map((b) => at(a, b)));
    const scale = Math.max(...wanted);
    expect(
      differences(
        c.distances.map((d) => d / scale),
        wanted.map((d) => d / scale),
      ),
    ).toEqual([]);

    // Its own text and the one that it makes of ours: the same tree. From our lengths, to the last bit.
    for (const [text, exact] of [
      [c.ours, true],
      [c.again, true],
      [c.newick, false],
    ] as const) {
      const back = fromNewick(text, { names });
      expect(back.names).toEqual(names);
      expect(leavesList(back.Z)).toEqual(leavesList(Z));
      if (tied) expect(differences(cophenet(back.Z), apart)).toEqual([]);
      else if (exact) expect(back.Z).toEqual(Z);
      else {
        expect(
          differences(
            back.Z.map((x, i) => (i % 4 === 2 ? x / scale : x)),
            Z.map((x, i) => (i % 4 === 2 ? x / scale : x)),
          ),
        ).toEqual([]);
      }
    }
    expect(fromNewick(c.whole, { names, heights: 'whole' }).names).toEqual(names);
  });
});

describe('there and back', () => {
  test('any tree: heights to the last bit, leaves in the same order', () => {
    fc.assert(
      fc.property(
        linkages({ most: 40 }),
        fc.constantFrom('half' as const, 'whole' as const),
        (raw, heights) => {
          const Z = plain(raw);
          const n = Z.length / 4 + 1;
          const names = numbered(n);
          const back = fromNewick(toNewick(Z, names, { heights }), { heights, names });
          isValidLinkage(back.Z, { throw: true });
          expect(cophenet(back.Z)).toEqual(cophenet(Z));
          expect(leavesList(back.Z)).toEqual(leavesList(Z));
          const merged = (tree: Float64Array) => Array.from(tree.filter((_, i) => i % 4 === 2));
          expect(merged(back.Z)).toEqual(merged(Z));
          if (new Set(merged(Z)).size === n - 1) expect(back.Z).toEqual(Z);
        },
      ),
    );
  });

  test('with inversions the heights of all pairs stay', () => {
    fc.assert(
      fc.property(linkages({ most: 12, inversions: true }), (Z) => {
        const names = numbered(Z.length / 4 + 1);
        const back = fromNewick(toNewick(Z, names), { names });
        isValidLinkage(back.Z, { throw: true });
        // A height is a sum of lengths, so its error is relative to the largest of them; halves of denormal numbers are rounded.
        const largest = Z.reduce((most, height, i) => (i % 4 === 2 ? Math.max(most, height) : most), 0);
        const found = cophenet(back.Z);
        cophenet(Z).forEach((height, i) => {
          expect(Math.abs(found[i] - height)).toBeLessThanOrEqual(1e-12 * largest + 1e-300);
        });
      }),
    );
  });

  test('a merge at height 0 above an inversion, whose lengths do not cancel to the last bit', () => {
    const high = 7.182120874830753e-189;
    const Z = Float64Array.of(0, 1, 1.6744887517845287e-203, 2, 5, 2, high, 3, 3, 4, 0, 2, 6, 7, 0, 5);
    const names = numbered(5);
    const back = fromNewick(toNewick(Z, names), { names });
    expect(cophenet(back.Z).every((height, i) => Math.abs(height - cophenet(Z)[i]) <= 1e-12 * high)).toBe(
      true,
    );
    expect(() => fromNewick('((a:1,b:1):-1.5,c:-0.5);')).toThrow('below its leaves');
  });

  test('any names', () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...' \'_()[]:;,"\n\tab') }));
    fc.assert(
      fc.property(fc.array(text, { minLength: 2, maxLength: 12 }), (names) => {
        const Z = chain(names.length, 'right');
        const order = Array.from(leavesList(Z), (leaf) => names[leaf]);
        for (const convertUnderscores of [true, false]) {
          expect(fromNewick(toNewick(Z, names), { convertUnderscores }).names).toEqual(order);
        }
      }),
    );
  });

  test.each(['left', 'right'] as const)(
    '100,000 merges in a chain from the %s, and a random tree',
    (side) => {
      const names = numbered(100_001);
      for (const Z of [chain(100_001, side), randomTree(100_001)]) {
        expect(same(fromNewick(toNewick(Z, names), { names }).Z, Z)).toBe(true);
      }
    },
  );
});

describe('toNewick', () => {
  const Z = f64([0, 1, 1, 2, 2, 3, 4, 3]);

  test('half or whole heights; names are numbers unless given', () => {
    expect(toNewick(Z)).toBe('(2:2,(0:0.5,1:0.5):1.5);');
    expect(toNewick(Z, ['ann', 'bob', 'c d'])).toBe("('c d':2,(ann:0.5,bob:0.5):1.5);");
    expect(toNewick(Z, undefined, { heights: 'whole' })).toBe('(2:4,(0:1,1:1):3);');
  });

  test('refuses', () => {
    expect(() => toNewick(Z, ['a', 'b'])).toThrow(/^names has length 2; the tree has 3 leaves/);
    expect(() => toNewick(Z, ['a', 'b', 3 as never])).toThrow(/^names\[2\] must be a text, got 3/);
    expect(() => toNewick(Z, 'abc' as never)).toThrow(TypeError);
    expect(() => toNewick(Z, undefined, { heights: 'third' as never })).toThrow(
      /heights .*'half' or 'whole'/,
    );
    expect(() => toNewick(f64([0, 1, Infinity, 2]))).toThrow(/row 0, column 2 is Infinity/);
    expect(() => toNewick(f64([0, 1, NaN, 2]))).toThrow(RangeError);
    expect(() => toNewick(f64([0, 0, 1, 2]))).toThrow(/used more than once/);
  });
});

describe('fromNewick', () => {
  test('reads what others write', () => {
    const wanted = { Z: f64([0, 1, 2, 2, 3, 2, 6, 3]), names: ['a b', 'c', "d'e"] };
    for (const text of [
      "((a_b:1,c:1):2,'d''e':3);",
      "[&R] ( ( 'a b' : 1 , c:1.0 )\n0.98:2.0[comment [nested]],d''e:3e0)root:7;\n",
      '\ufeff((a b:1,c:+1):2.,"d\'\'e":3):0.0;'.replaceAll('"', ''),
    ]) {
      expect(fromNewick(text)).toEqual(wanted);
    }
    expect(fromNewick('(a_b:1,c:1);', { convertUnderscores: false }).names).toEqual(['a_b', 'c']);
    expect(fromNewick('(:1,:1);').names).toEqual(['', '']);
  });

  test('three branches become two merges at one height; a single branch adds its length', () => {
    expect(fromNewick('(a:1,b:1,c:1);').Z).toEqual(f64([0, 1, 2, 2, 3, 2, 2, 3]));
    expect(fromNewick('((a:1):1,b:2);').Z).toEqual(f64([0, 1, 4, 2]));
  });

  test('leaves are numbered by names', () => {
    const { Z, names } = fromNewick('((a:1,b:1):1,c:2);', { names: ['c', 'b', 'a'] });
    expect(names).toEqual(['c', 'b', 'a']);
    expect(Z).toEqual(f64([2, 1, 2, 2, 3, 0, 4, 3]));
  });

  test('lengths that were rounded are taken, others refused', () => {
    const text = '((a:0.3333333,b:0.3333334):1,c:1.3333333);';
    expect(Array.from(fromNewick(text).Z.filter((_, i) => i % 4 === 2))).toEqual([0.6666666, 2.6666666]);
    expect(() => fromNewick(text, { tolerance: 0 })).toThrow(/tolerance/);
    expect(() => fromNewick('((a:1,b:2):1,c:3);')).toThrow(
      /^Newick, line 1, column 10: leaves below one merge differ .* 0\.50 of the tree's height/,
    );
    expect(fromNewick('((a:1,b:2):1,c:3);', { tolerance: 1 }).Z).toEqual(f64([0, 1, 2, 2, 3, 2, 4, 3]));
  });

  test.each([
    ['', /does not end in ';'/],
    [';', /0 leaves/],
    ['a:1;', /1 leaf; it needs two/],
    ['(a:1,b:1)', /line 1, column 10: the tree does not end in ';'/],
    ['(a:1,b:1', /does not end/],
    ['((a:1,b:1);', /1 '\(' that have no '\)'/],
    ['(a:1,b:1));', /column 10: a '\)' outside/],
    ['a,b;', /a ',' outside/],
    ['(a:1,\nb:x);', /line 2, column 3: "x\);" is no finite length/],
    ['(a:1,b:1e999);', /no finite length/],
    ['(a:1,b:0x1);', /no finite length/],
    ['(a:1,b:1:2);', /two lengths/],
    ["(a:1,'b' 'c':1);", /two names/],
    ['(a:1(b:1));', /a comma is missing/],
    ["(a:1,'b:1);", /column 6: a quote is opened/],
    ['(a:1,b:1[x);', /column 9: a comment begins/],
    ['(a:1,b]:1);', /'\]' without/],
    ['(a,b);', /no length/],
    ['((a:1,b:1),c:2);', /column 10: a branch has no length/],
    ['(a:1,b:1); (c:1,d:1);', /more text follows/],
    ['(a:-1,b:-1);', /below its leaves/],
    ['()(;', /./],
  ])('refuses %j', (text, message) => {
    let error: unknown;
    try {
      fromNewick(text);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ name: 'FormatError', code: 'ERR_FORMAT' });
    expect((error as Error).message).toMatch(message);
  });

  test('refuses options that are wrong', () => {
    expect(() => fromNewick(5 as never)).toThrow(TypeError);
    expect(() => fromNewick('(a:1,b:1);', { names: ['a'] })).toThrow(/length 1; the tree has 2/);
    expect(() => fromNewick('(a:1,b:1);', { names: ['a', 'c'] })).toThrow(/leaf "b" is not one of the names/);
    expect(() => fromNewick('(a:1,a:1);', { names: ['a', 'b'] })).toThrow(/leaf "a" is in the tree twice/);
    expect(() => fromNewick('(a:1,b:1);', { names: ['a', 'a'] })).toThrow(/"a" twice/);
    expect(() => fromNewick('(a:1,b:1);', { tolerance: -1 })).toThrow(RangeError);
    expect(() => fromNewick('(a:1,b:1);', { tolerance: NaN })).toThrow(RangeError);
    expect(() => fromNewick('(a:1,b:1);', { underscores: true } as never)).toThrow(/no option 'underscores'/);
  });

  test('any text is read or refused with a FormatError', () => {
    const unit = fc.constantFrom("'", '(', ')', '[', ']', ':', ';', ',', 'a', '1', '.', '_', ' ', '-', 'e');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 30 }), (text) => {
        try {
          isValidLinkage(fromNewick(`${text};`).Z, { throw: true });
        } catch (error) {
          expect((error as Error).name).toBe('FormatError');
        }
      }),
      { numRuns: 2000 },
    );
  });
});
