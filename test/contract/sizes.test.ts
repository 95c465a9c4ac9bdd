/** Formulas of sizes, as the host and as the kernels compute them, up to the 4 GiB that linear memory can have. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Kernels } from '../../src/runtime/engine.ts';
import * as hammingSizes from '../../src/runtime/kernels/hamming-sizes.ts';
import * as kmeansSizes from '../../src/runtime/kernels/kmeans-sizes.ts';
import * as linearSizes from '../../src/runtime/kernels/linear-sizes.ts';
import * as orderingSizes from '../../src/runtime/kernels/ordering-sizes.ts';
import * as coreSizes from '../../src/runtime/kernels/sizes.ts';

const sizes = { ...coreSizes, ...linearSizes, ...kmeansSizes, ...hammingSizes, ...orderingSizes };

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
same('quantizedBytes', fc.constantFrom(0, 1), count(2 ** 28), count(2 ** 16));
same('assignQuantizedScratchBytes', count(2 ** 27));
same('assignFewScratchBytes', count(2 ** 26));
same('linkageCondensedScratchBytes', count(2 ** 27));
same('tileScratchBytes', count(2 ** 24));
same('rmsdScratchBytes');
same('lloydScratchBytes');
same('leafOrderingScratchBytes', count(2 ** 25));
same('hammingScratchBytes', count(2 ** 27));
