import { expect, test } from 'vitest';
import { createModel } from '../../src/model/create-model.ts';
import { Model } from '../../src/model/model.ts';
import { decodeSafetensors } from '../../src/model/safetensors.ts';

test('a model is read from any view of its bytes, whatever stands around it', () => {
  const model = createModel({
    leaders: [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    labels: [1, 1, 2],
  });
  const saved = model.save();
  const padded = new Uint8Array(saved.length + 13);
  padded.set(saved, 5);
  const views = [
    saved,
    padded.subarray(5, 5 + saved.length),
    Buffer.from(saved),
    saved.buffer as ArrayBuffer,
  ];
  for (const view of views) {
    const { leaders, labels } = Model.load(view);
    expect(leaders).toEqual(model.leaders);
    expect(labels).toEqual(model.labels);
  }
  // What was loaded does not change with the bytes it came from.
  const buffer = Buffer.from(saved);
  const loaded = Model.load(buffer);
  buffer.fill(0);
  expect(loaded.leaders).toEqual(model.leaders);
});

test('tensors fill the data without holes and overlaps', () => {
  const file = (spans: [number, number][], dataBytes: number) => {
    const header: Record<string, unknown> = {};
    for (const [i, [from, to]] of spans.entries()) {
      header[`t${i}`] = { dtype: 'F32', shape: [(to - from) / 4], data_offsets: [from, to] };
    }
    const json = new TextEncoder().encode(JSON.stringify(header));
    const out = new Uint8Array(8 + json.length + dataBytes);
    new DataView(out.buffer).setBigUint64(0, BigInt(json.length), true);
    out.set(json, 8);
    return () => decodeSafetensors(out, 'x');
  };
  // In any order, and empty ones too.
  expect(
    Object.keys(
      file(
        [
          [8, 16],
          [0, 8],
          [8, 8],
        ],
        16,
      )().tensors,
    ),
  ).toEqual(['t0', 't1', 't2']);
  expect(
    file(
      [
        [0, 8],
        [4, 16],
      ],
      16,
    ),
  ).toThrow("tensor 't1' begins at byte 4 of the data, not 8");
  expect(
    file(
      [
        [0, 8],
        [12, 16],
      ],
      16,
    ),
  ).toThrow("tensor 't1' begins at byte 12 of the data, not 8");
  expect(file([[4, 8]], 8)).toThrow("tensor 't0' begins at byte 4 of the data, not 0");
  expect(file([[0, 8]], 12)).toThrow('4 bytes follow the last tensor');
});

test.each<[string, Uint8Array]>([
  ['nothing', new Uint8Array(0)],
  ['text', new TextEncoder().encode('x,y\n1,2\n3,4\n')],
  ['an NPY file', new TextEncoder().encode("\x93NUMPY\x01\0v\0{'descr': '<f4', 'shape': (1,)}")],
  ['zeros', new Uint8Array(64)],
])('%s is no model, and what is one is said', (_, bytes) => {
  expect(() => decodeSafetensors(bytes, 'in.csv')).toThrow(
    'in.csv, byte 0: is not a safetensors file, the format of models; pass what model.save() returns or --model writes',
  );
});
