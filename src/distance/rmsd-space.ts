import { BEGIN, END, type TileCall } from '../runtime/engine.ts';
import { rmsdScratchBytes, roundUp } from '../runtime/kernels/sizes.ts';
import { finish } from '../support/scheduling.ts';
import { BYTES, type Element, kernelFor } from './element-types.ts';
import { outOf, prepareSteps, roomOf, type Space } from './space.ts';

/** Minimal RMSD of frames: rows are x, y, z of each atom. Coordinates are float32; the RMSD is solved in float64. */
export function rmsdSpace(cols: number, input: Element, output: Element): Space {
  const atoms = cols / 3;
  return {
    metric: 'rmsd',
    cols,
    input,
    output,
    scratchBytes: rmsdScratchBytes(),
    layOut(layout, capacity, panels) {
      // The input comes first, as in every space: if a sample is smaller than planned, its rows must stay where they
      // are.
      const frames = layout.add(capacity * cols * BYTES[input]);
      return {
        capacity,
        // The original frames are kept, since some become leaders. Kernels read the centred copy.
        input: frames,
        rows: layout.add(capacity * cols * 4),
        panels: panels ? layout.add(roundUp(capacity, 4) * cols * 4) : 0,
        // Kernels read four at a time.
        extra: layout.add(roundUp(capacity, 4) * 8),
        weights: 0,
      };
    },
    prepare(engine, set, count) {
      finish(prepareSteps(engine, this, set, count));
    },
    preparation(_engine, set, count) {
      const center = kernelFor(input, 'rmsdCenterF32', 'rmsdCenterF64');
      const calls: TileCall[] = [
        { kernel: center, args: [set.input, atoms, BEGIN, END, set.rows, set.extra] },
      ];
      const pack = [set.rows, count, cols, cols, BEGIN, END, 4, 0, set.panels] as const;
      if (set.panels !== 0) calls.push({ kernel: 'packF32', args: pack });
      return calls;
    },
    pairwise(set, n, room, out) {
      const { at, ...rest } = roomOf(room);
      return {
        kernel: kernelFor(output, 'pairwiseRmsdF32', 'pairwiseRmsdF64'),
        args: [set.rows, set.panels, set.extra, n, atoms, BEGIN, END, at, ...outOf(out)],
        ...rest,
      };
    },
    cross(a, b, m, room, out) {
      const { at, ...rest } = roomOf(room);
      return {
        kernel: kernelFor(output, 'crossRmsdF32', 'crossRmsdF64'),
        args: [a.rows, a.extra, b.panels, b.extra, m, atoms, BEGIN, END, at, out, m],
        ...rest,
      };
    },
    assign(a, b, m, room, nearest, distance) {
      const { at, ...rest } = roomOf(room);
      return {
        kernel: kernelFor(output, 'assignRmsdF32', 'assignRmsdF64'),
        args: [a.rows, a.extra, b.panels, b.extra, m, atoms, BEGIN, END, at, nearest, distance],
        ...rest,
      };
    },
  };
}
