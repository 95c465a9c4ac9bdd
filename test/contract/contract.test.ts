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
import { METHOD_FACTS, METHODS } from '../../src/hierarchy/linkage/methods.ts';
import { BAD_METHOD } from '../../src/runtime/kernels/constants.ts';
import { QUADRATIC } from '../../src/runtime/kernels/families.ts';
import { linkageCondensedScratchBytes } from '../../src/runtime/kernels/sizes.ts';

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
    const tileScratchBytes = exports.tileScratchBytes as (d: number) => number;
    const rmsdScratchBytes = exports.rmsdScratchBytes as () => number;
    const parameters = { V: new Float64Array(6).fill(1), VI: new Float64Array(36).fill(1) };
    for (const metric of METRICS) {
      for (const element of ['f4', 'f8'] as const) {
        const space = createSpace(metric, 6, element, element, parameters);
        const op = space.pairwise(space.layOut({ add: () => 64 } as never, 4, true), 4, 0, 0)
          .args[0] as number;
        const wanted =
          metric === 'rmsd' ? rmsdScratchBytes() : tileScratchBytes(op >> 1 === QUADRATIC ? 6 : 0);
        expect(space.scratchBytes, metric).toBe(wanted);
      }
    }
  });
});

describe('facts that stand in two places', () => {
  test('which methods a chain of nearest neighbours cannot do', async () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
    const { exports } = await WebAssembly.instantiate(sets[0].module, { env: { memory } });
    const { linkageNnChainInit, linkageNnChainF64 } = exports as Record<
      string,
      (...args: number[]) => number
    >;
    const n = 3;
    const scratch = 1024;
    for (const [code, method] of METHODS.entries()) {
      new Float64Array(memory.buffer, 512, 3).set([1, 2, 3]);
      linkageNnChainInit(n, scratch);
      const merges = scratch + linkageCondensedScratchBytes(n);
      const status = linkageNnChainF64(512, n, code, n - 1, scratch, merges);
      const { spanning, inversions } = METHOD_FACTS[method];
      expect(status === BAD_METHOD, method).toBe(spanning === true || inversions === true);
    }
  });
});
