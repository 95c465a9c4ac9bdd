/** Spaces at work on an instance of the kernels: every region between guards, every range cut at will. */

import { BYTES, type Element } from '../../src/distance/element-types.ts';
import type { RowSet, Space } from '../../src/distance/space.ts';
import {
  type Argument,
  BEGIN,
  END,
  type Engine,
  type Kernel,
  type TileCall,
} from '../../src/runtime/engine.ts';
import type { Layout } from '../../src/runtime/memory/layout.ts';
import type { FloatArray } from '../../src/types.ts';
import { Instance } from './instance.ts';

/** How a range of rows is cut: ascending ends, the last of which is the end. */
export type Cuts = readonly number[];

export function arrayOf(element: Element, values: ArrayLike<number>): FloatArray {
  return element === 'f4' ? Float32Array.from(values) : Float64Array.from(values);
}

class Bench {
  readonly instance = new Instance();
  readonly space: Space;
  readonly scratch: number;

  constructor(space: Space) {
    this.space = space;
    this.scratch = this.instance.add(space.scratchBytes);
  }

  load(rows: FloatArray, n: number, panels: boolean): RowSet {
    const { space, instance } = this;
    const set = space.layOut({ add: (bytes: number) => instance.add(bytes) } as Layout, n, panels);
    instance.floats(space.input, set.input, rows.length).set(rows);
    space.prepare(instance as unknown as Engine, set, n);
    return set;
  }

  run(call: TileCall, cuts: Cuts): void {
    const kernel = this.instance.kernels[call.kernel] as Kernel;
    const args: readonly Argument[] = call.args;
    let begin = 0;
    for (const end of cuts) {
      const status = kernel(...args.map((a) => (a === BEGIN ? begin : a === END ? end : (a as number))));
      if (status !== 0) throw new Error(`${call.kernel} returned ${status}`);
      begin = end;
    }
  }
}

export function pairwise(space: Space, rows: FloatArray, n: number, cuts: Cuts = [n]): FloatArray {
  const bench = new Bench(space);
  const set = bench.load(rows, n, true);
  const total = (n * (n - 1)) / 2;
  const out = bench.instance.add(total * BYTES[space.output]);
  bench.run(space.pairwise(set, n, bench.scratch, out), cuts);
  bench.instance.checkGuards();
  return bench.instance.floats(space.output, out, total).slice();
}

export function cross(
  space: Space,
  a: FloatArray,
  n: number,
  b: FloatArray,
  m: number,
  cuts: Cuts = [n],
): FloatArray {
  const bench = new Bench(space);
  const setA = bench.load(a, n, false);
  const setB = bench.load(b, m, true);
  const out = bench.instance.add(n * m * BYTES[space.output]);
  bench.run(space.cross(setA, setB, m, bench.scratch, out), cuts);
  bench.instance.checkGuards();
  return bench.instance.floats(space.output, out, n * m).slice();
}

export function assign(
  space: Space,
  a: FloatArray,
  n: number,
  b: FloatArray,
  m: number,
  cuts: Cuts = [n],
): { nearest: Int32Array; distances: FloatArray } {
  const bench = new Bench(space);
  const setA = bench.load(a, n, false);
  const setB = bench.load(b, m, true);
  const nearest = bench.instance.add(n * 4);
  const distance = bench.instance.add(n * BYTES[space.output]);
  bench.run(space.assign(setA, setB, m, bench.scratch, nearest, distance), cuts);
  bench.instance.checkGuards();
  return {
    nearest: bench.instance.i32(nearest, n).slice(),
    distances: bench.instance.floats(space.output, distance, n).slice(),
  };
}
