import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Leaf, ListRows } from '../../../src/sources/parquet/rows.ts';

/** optional group vec (LIST) { repeated group list { optional float element } } */
const leaf = { name: 'vec', list: true, maxDefinition: 3, elementDefinition: 2 } as Leaf;
const fail = (row: number, problem: string): never => {
  throw new Error(`row ${row} ${problem}`);
};

describe('rows of lists', () => {
  it('wherever the pages end, also within a row', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.boolean()),
        fc.infiniteStream(fc.integer({ min: 1, max: 12 })),
        fc.boolean(),
        (width, count, nullRows, sizes, explicit) => {
          const isNull = (row: number) => row > 0 && explicit && nullRows[row] === true;
          const entries: { repetition: number; definition: number; value?: number }[] = [];
          for (let row = 0; row < count; row++) {
            if (isNull(row)) entries.push({ repetition: 0, definition: 0 });
            else
              for (let k = 0; k < width; k++)
                entries.push({ repetition: k > 0 ? 1 : 0, definition: 3, value: row * 10 + k });
          }
          const lists = new ListRows(leaf, (n) => new Float64Array(n), undefined, fail);
          const rows: number[][] = [];
          const nulls: number[] = [];
          lists.begin();
          for (let at = 0; at < entries.length; ) {
            const page = entries.slice(at, at + (sizes.next().value as number));
            at += page.length;
            const {
              first,
              rows: got,
              values,
              nulls: bad,
            } = lists.take(
              {
                values: page.flatMap(({ value }) => (value === undefined ? [] : [value])),
                definitions: explicit ? page.map(({ definition }) => definition) : [],
                repetitions: page.map(({ repetition }) => repetition),
              },
              rows.length,
              at >= entries.length,
            );
            expect(first).toBe(rows.length);
            for (let r = 0; r < got; r++) {
              rows.push(Array.from(values.slice(r * width, (r + 1) * width) as Float64Array));
            }
            nulls.push(...(bad?.keys() ?? []));
          }
          expect(lists.within).toBe(false);
          expect(rows).toEqual(
            Array.from({ length: count }, (_, row) =>
              Array.from({ length: width }, (_, k) => (isNull(row) ? Number.NaN : row * 10 + k)),
            ),
          );
          expect(nulls).toEqual(Array.from({ length: count }, (_, row) => row).filter(isNull));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('rows of other lengths are named, wherever the pages end', () => {
    for (const [repetitions, pages, message] of [
      [[0, 1, 0, 1, 1], [5], /row 1 has more than 2 numbers; row 0 has 2/],
      [[0, 1, 0, 1, 1], [4, 1], /row 1 has more than 2 numbers/],
      [[0, 1, 0], [3], /row 1 has 1 numbers/],
      [[0, 1, 0, 0, 1], [3, 2], /row 1 has 1 numbers/],
    ] as const) {
      const lists = new ListRows(leaf, (n) => new Float64Array(n), undefined, fail);
      let first = 0;
      let at = 0;
      expect(() => {
        for (const size of pages) {
          const part = repetitions.slice(at, at + size);
          at += size;
          const page = { values: [...part], definitions: [], repetitions: [...part] };
          first += lists.take(page, first, at === repetitions.length).rows;
        }
      }).toThrow(message);
    }
  });
});
