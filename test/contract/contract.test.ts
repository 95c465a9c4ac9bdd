/** What host and kernels must agree on: the shape of the WebAssembly module, and numbers defined on both sides. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { generated } from '../../.config/kernel-types.mjs';
import extraPacked from '../../build/kernels/extra.js';
import corePacked from '../../build/kernels/packed.js';
import { createSpace } from '../../src/distance/metric-space.ts';
import { METRICS } from '../../src/distance/metrics.ts';
import { METHODS } from '../../src/hierarchy/linkage/methods.ts';
import { LLOYD_SCRATCH_BYTES } from '../../src/kmeans/layout.ts';

const sets = await Promise.all(
  [
    ['kernels', corePacked],
    ['extra', extraPacked],
  ].map(async ([name, packed]) => {
    const bytes = new Uint8Array(gunzipSync(Buffer.from(packed, 'base64')));
    return { name, bytes, module: await WebAssembly.compile(bytes) };
  }),
);
const [, extra] = sets;

/** The ids of the sections of a wasm module. */
function sections(wasm: Uint8Array): number[] {
  const ids: number[] = [];
  let at = 8;
  while (at < wasm.length) {
    ids.push(wasm[at++]);
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = wasm[at++];
      size |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    at += size;
  }
  return ids;
}

/** `export const NAME: i32 = 3;` of a file in assembly/. */
function constants(file: string): Record<string, number> {
  const text = readFileSync(new URL(`../../assembly/${file}`, import.meta.url), 'utf8');
  return Object.fromEntries(
    [...text.matchAll(/^export const (\w+): i32 = (\d+);/gm)].map(([, name, value]) => [name, Number(value)]),
  );
}

describe.each(sets)('$name.wasm', ({ name, bytes, module }) => {
  test('is the same inside the JavaScript and beside it', () => {
    expect(readFileSync(new URL(`../../build/${name}.wasm`, import.meta.url)).equals(bytes)).toBe(true);
  });

  test('imports env.memory and nothing else', () => {
    expect(WebAssembly.Module.imports(module)).toEqual([{ module: 'env', name: 'memory', kind: 'memory' }]);
  });

  test('exports functions, and the memory that it was given', () => {
    const others = WebAssembly.Module.exports(module).filter((e) => e.kind !== 'function');
    expect(others).toEqual([{ name: 'memory', kind: 'memory' }]);
  });

  test('has no table, global, start, element or data section', () => {
    const found = sections(bytes);
    for (const id of [4, 6, 8, 9, 11, 12]) expect(found).not.toContain(id);
    expect(found).toContain(10);
  });
});

describe('the kernels', () => {
  test('have the types and numbers that stand in src/', () => {
    // Otherwise `npm run build` writes them anew.
    for (const [file, text] of Object.entries(generated())) expect(readFileSync(file, 'utf8')).toBe(text);
  });

  test('are called by names that stand in full, so that a search finds every call', () => {
    const joined = readdirSync('src', { recursive: true })
      .map((file) => path.join('src', String(file)))
      .filter((file) => file.endsWith('.ts'))
      .filter((file) => /kernels?\[`|kernel: `|kernel = `/.test(readFileSync(file, 'utf8')));
    expect(joined).toEqual([]);
  });

  test('have names of their own, whichever module they are in', () => {
    const names = sets
      .flatMap((one) => WebAssembly.Module.exports(one.module))
      .filter((e) => e.kind === 'function')
      .map((e) => e.name);
    expect(new Set(names).size).toBe(names.length);
  });

  test('report the scratch that spaces set aside', async () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
    const { exports } = await WebAssembly.instantiate(extra.module, { env: { memory } });
    const tileScratchBytes = exports.tileScratchBytes as (op: number, d: number) => number;
    const rmsdScratchBytes = exports.rmsdScratchBytes as () => number;
    const parameters = { V: new Float64Array(6).fill(1), VI: new Float64Array(36).fill(1) };
    for (const metric of METRICS) {
      for (const element of ['f4', 'f8'] as const) {
        const space = createSpace(metric, 6, element, element, parameters);
        const op = space.pairwise(space.place({ add: () => 64 } as never, 4, true), 4, 0, 0)
          .args[0] as number;
        const wanted = metric === 'rmsd' ? rmsdScratchBytes() : tileScratchBytes(op, 6);
        expect(space.scratchBytes, metric).toBeGreaterThanOrEqual(wanted);
      }
    }
  });
});

describe('numbers that stand in two places', () => {
  test('scratch of k-means', async () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
    const { exports } = await WebAssembly.instantiate(extra.module, { env: { memory } });
    expect((exports.lloydScratchBytes as () => number)()).toBe(LLOYD_SCRATCH_BYTES);
  });

  test('linkage methods', () => {
    const own = constants('linkage/lance-williams.ts');
    METHODS.forEach((method, i) => {
      expect(own[method.toUpperCase()], method).toBe(i);
    });
  });
});
