/** What the types of kernels refuse; the type check reads the comments that expect an error. */
import { expect, test } from 'vitest';
import { kernelFor } from '../../src/distance/element-types.ts';
import { BEGIN, END, type Kernels, SCRATCH, type TileCall } from '../../src/runtime/engine.ts';

test('calls of kernels have the right names, order and count of arguments', () => {
  const kernel = kernelFor('f4' as 'f4' | 'f8', 'squareInPlaceF32', 'squareInPlaceF64');
  const right: TileCall = { kernel, args: [0, BEGIN, END] };
  const wrong: TileCall[] = [
    // @ts-expect-error no kernel has this name
    { kernel: 'squareInPlaceF16', args: [0, BEGIN, END] },
    // @ts-expect-error this one gives nothing that a call could look at
    { kernel: 'bitsF64', args: [0, 0, 0, 0, 0, 0, 0, 0] },
    // @ts-expect-error one too few
    { kernel: 'squareInPlaceF32', args: [0, BEGIN] },
    // @ts-expect-error one too many
    { kernel, args: [0, BEGIN, END, 1] },
    // @ts-expect-error the range stands elsewhere
    { kernel: 'squareInPlaceF32', args: [BEGIN, END, 0] },
    // @ts-expect-error the other way round
    { kernel: 'squareInPlaceF32', args: [0, END, BEGIN] },
    // @ts-expect-error it takes no scratch
    { kernel: 'squareInPlaceF32', args: [SCRATCH, BEGIN, END] },
  ];
  const direct = (kernels: Kernels) => {
    // @ts-expect-error one too few
    kernels.linkageGenericInit(1);
    // @ts-expect-error nothing stands open in a call that is made at once
    kernels.squareInPlaceF32(0, BEGIN, END);
  };
  expect([right, ...wrong]).toHaveLength(8);
  expect(direct).toBeTypeOf('function');
});
