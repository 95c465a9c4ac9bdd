import { api, Digest } from '../reading.mjs';

export default {
  name: 'safetensors',
  seeds() {
    const data = Float32Array.from({ length: 24 }, (_, i) => Math.sin(i));
    const labels = [1, 2, 3, 1, 2, 3, 1, 2];
    const f4 = api.createModel({ leaders: { data, rows: 8, cols: 3 }, labels });
    const f8 = api.createModel({
      leaders: { data: Float64Array.from(data), rows: 8, cols: 3 },
      labels,
      metric: 'rmsd',
    });
    return [
      { name: 'f4', bytes: f4.save() },
      { name: 'f8', bytes: f8.save() },
    ];
  },
  ways: ['bytes'],
  words: [
    '"leaders"',
    '"labels"',
    '"dtype"',
    '"shape"',
    '"data_offsets"',
    'F32',
    'F64',
    'I32',
    'BF16',
    '[',
    ']',
    '{',
    '}',
    ',',
    '"',
    '__proto__',
    '__metadata__',
    'null',
    '-1',
    '0',
    '[['.repeat(3000),
  ],
  async run(bytes) {
    const model = api.Model.load(bytes, 'case.safetensors');
    const digest = new Digest();
    digest.text(model.metric);
    digest.numbers(model.leaders.data);
    digest.numbers(model.labels);
    return { digest: String(digest), rows: model.leaders.rows };
  },
  accepted: ({ edits }) =>
    edits.every((edit) => edit === 'truncate' || edit === 'extend')
      ? 'accepted with fewer or more bytes than the header says'
      : undefined,
};
