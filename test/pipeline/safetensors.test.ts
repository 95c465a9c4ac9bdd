import { expect, test } from 'vitest';
import { createModel, Model } from '../../src/pipeline/model.ts';

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
