/** Every case that SciPy answered: coordinates, labels, leaves, colours, contraction marks and refusals. */

import { describe, expect, test } from 'vitest';
import { type DendrogramOptions, dendrogram } from '../../src/hierarchy/dendrogram.ts';
import { setLinkColorPalette } from '../../src/hierarchy/palette.ts';
import { f64, golden } from './golden.ts';

const FUNCTIONS: Record<string, (k: number) => string> = {
  id: (k) => `id ${k}`,
  hex: (k) => `#${k.toString(16).padStart(6, '0')}`,
  parity: (k) => (k % 2 === 0 ? 'even' : 'odd'),
};

/** SciPy's names and function names as ours. `no_labels` is about drawing. */
function translate(options: Record<string, unknown>): DendrogramOptions {
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(options)) {
    if (key === 'no_labels') continue;
    const name = key.replace(/_(.)/g, (_, c) => c.toUpperCase());
    out[name] = /Func$/.test(name) ? FUNCTIONS[value as string] : value;
  }
  return out;
}

const ERRORS: Record<string, ErrorConstructor> = { ValueError: RangeError, TypeError };

const { trees, cases } = golden('trees/dendrogram.json');
const byName = new Map<string, Float64Array>(
  trees.map((t: { name: string; Z: number[] }) => [t.name, f64(t.Z)]),
);

for (const [name, Z] of byName) {
  describe(`${name} as SciPy draws it`, () => {
    for (const c of cases.filter((x: { tree: string }) => x.tree === name)) {
      const palette = c.palette ? `, palette ${c.palette}` : '';
      test(`${JSON.stringify(c.options)}${palette}`, () => {
        const options = translate(c.options);
        if (c.options.get_leaves === false) {
          // SciPy fails here over its own missing list; the promise in its documentation is kept instead.
          const { leaves, ...rest } = dendrogram(Z, options);
          expect(leaves).toEqual([]);
          expect(rest).toEqual((({ leaves: _, ...all }) => all)(dendrogram(Z)));
          return;
        }
        if (c.error) {
          const [kind] = c.error.split(':');
          const [argument] = Object.keys(options).filter(
            (key) => key !== 'truncateMode' || !('p' in options),
          );
          expect(() => dendrogram(Z, options)).toThrow(ERRORS[kind]);
          expect(() => dendrogram(Z, options)).toThrow(argument);
          return;
        }
        if (c.palette) setLinkColorPalette(c.palette);
        const got = dendrogram(Z, options);
        setLinkColorPalette(null);
        expect(got.icoord.flat()).toEqual(c.icoord);
        expect(got.dcoord.flat()).toEqual(c.dcoord);
        expect(got.ivl).toEqual(c.ivl);
        expect(got.leaves).toEqual(c.leaves);
        expect(got.colorList).toEqual(c.color_list);
        expect(got.leavesColorList).toEqual(c.leaves_color_list);
        expect(got.contracted.flat()).toEqual(c.contraction_marks ?? []);
        if (c.palette) expect(dendrogram(Z, { ...options, palette: c.palette })).toEqual(got);
      });
    }
  });
}

test('no case is left out', () => {
  expect(cases.length).toBe(300);
});
