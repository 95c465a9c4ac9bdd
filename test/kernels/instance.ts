/** An instance of all kernels with a memory of its own, and regions between guard bytes. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { Kernels } from '../../src/runtime/engine.ts';

const modules = ['kernels', 'extra'].map(
  (name) => new WebAssembly.Module(readFileSync(new URL(`../../build/${name}.wasm`, import.meta.url))),
);

const GUARD = 0xa5;
const GUARD_BYTES = 64;

export interface Region {
  ptr: number;
  bytes: number;
}

export class Instance {
  readonly kernels: Kernels;
  readonly #memory: WebAssembly.Memory;
  readonly #regions: Region[] = [];
  #next = 1024;

  constructor(pages = 64) {
    this.#memory = new WebAssembly.Memory({ initial: pages, maximum: 65536, shared: true });
    const imports = { env: { memory: this.#memory } };
    this.kernels = Object.assign(
      {},
      ...modules.map((module) => new WebAssembly.Instance(module, imports).exports),
    ) as Kernels;
  }

  /** Room for `bytes` bytes at a multiple of 64, with guards before and behind. */
  add(bytes: number): number {
    const ptr = this.#next + GUARD_BYTES;
    this.#next = Math.ceil((ptr + bytes + GUARD_BYTES) / 64) * 64;
    if (this.#next > this.#memory.buffer.byteLength) {
      this.#memory.grow(Math.ceil((this.#next - this.#memory.buffer.byteLength) / 65536));
    }
    const view = new Uint8Array(this.#memory.buffer);
    view.fill(GUARD, ptr - GUARD_BYTES, this.#next);
    this.#regions.push({ ptr, bytes });
    return ptr;
  }

  floats(element: 'f4' | 'f8', ptr: number, length: number): Float32Array | Float64Array {
    return element === 'f4'
      ? new Float32Array(this.#memory.buffer, ptr, length)
      : new Float64Array(this.#memory.buffer, ptr, length);
  }
  f64(ptr: number, length: number): Float64Array {
    return new Float64Array(this.#memory.buffer, ptr, length);
  }
  i32(ptr: number, length: number): Int32Array {
    return new Int32Array(this.#memory.buffer, ptr, length);
  }

  /** Put values into a region of their own. */
  put(values: Float32Array | Float64Array): number {
    const ptr = this.add(values.byteLength);
    this.floats(values instanceof Float32Array ? 'f4' : 'f8', ptr, values.length).set(values);
    return ptr;
  }

  /** Fail where a byte outside the regions has been written. */
  checkGuards(): void {
    const view = new Uint8Array(this.#memory.buffer);
    for (const { ptr, bytes } of this.#regions) {
      const before = view.subarray(ptr - GUARD_BYTES, ptr);
      const behind = view.subarray(ptr + bytes, ptr + bytes + GUARD_BYTES);
      expect(
        before.every((b) => b === GUARD),
        `bytes before ${ptr}`,
      ).toBe(true);
      expect(
        behind.every((b) => b === GUARD),
        `bytes behind ${ptr}`,
      ).toBe(true);
    }
  }
}
