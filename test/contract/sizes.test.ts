/** Formulas of sizes, as the host and as the kernels compute them, up to the 4 GiB that linear memory can have. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Kernels } from '../../src/runtime/engine.ts';
import * as linearSizes from '../../src/runtime/kernels/linear-sizes.ts';
import * as squareSizes from '../../src/runtime/kernels/sizes.ts';

const sizes = { ...squareSizes, ...linearSizes };

const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
const kernels = Object.assign(
  {},
  ...['kernels', 'extra'].map((name) => {
    const bytes = readFileSync(new URL(`../../build/${name}.wasm`, import.meta.url));
    return new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports;
  }),
) as Kernels;

/** Of every order of magnitude, and next to powers of two, where rounding shows. */
const count = (most: number) =>
  fc.oneof(
    fc.integer({ min: 1, max: 300 }),
    fc.integer({ min: 1, max: most }),
    fc
      .tuple(fc.integer({ min: 1, max: Math.floor(Math.log2(most)) }), fc.integer({ min: -2, max: 2 }))
      .map(([power, by]) => Math.max(1, Math.min(most, 2 ** power + by))),
  );
const width = fc.constantFrom(4, 8);

const same = (name: keyof typeof sizes & keyof Kernels, ...args: fc.Arbitrary<number>[]) =>
  test(name, () => {
    const host = sizes[name] as (...args: number[]) => number;
    const kernel = kernels[name] as (...args: number[]) => number;
    fc.assert(
      fc.property(fc.tuple(...args), (values) => {
        const bytes = host(...values);
        // What is larger has no place in linear memory, and wraps in the kernels.
        fc.pre(bytes < 2 ** 32);
        expect(kernel(...values) >>> 0).toBe(bytes);
      }),
      { numRuns: 2000 },
    );
  });

same('linkageSquareStride', count(2 ** 31));
same('linkageSquareScratchBytes', count(2 ** 27), width, fc.integer({ min: 1, max: 64 }));
same('linkageSpanningTreeScratchBytes', count(2 ** 25), width);
same('linkageLinearScratchBytes', count(2 ** 27));
same('screenBytes', fc.constantFrom(0, 1), count(2 ** 28), count(2 ** 16));
same('assignScreenedScratchBytes', count(2 ** 27));
same('assignFewScratchBytes', count(2 ** 26));
