import { TEXT_EDITS } from '../formats/text.mjs';
import { readRows } from '../reading.mjs';

const text = (lines) => new TextEncoder().encode(lines.join('\n') + '\n');

export default {
  name: 'jsonl',
  seeds() {
    const n = Array.from({ length: 30 }, (_, i) => i);
    return [
      { name: 'objects', bytes: text(n.map((i) => JSON.stringify({ x: i / 4, y: -i, z: i * 1e5 }))) },
      { name: 'lists', bytes: text(n.map((i) => JSON.stringify([i / 4, -i, 3]))) },
      {
        name: 'embeddings',
        bytes: text(n.map((i) => JSON.stringify({ id: `row ${i}`, embedding: [i, i / 2, -i] }))),
        options: { idColumn: 'id' },
      },
    ];
  },
  words: [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    '\\u0000',
    '\\ud800',
    'null',
    'true',
    'NaN',
    'Infinity',
    '1e999',
    '-',
    '\n',
    '\r\n',
    '\n\n',
    '[['.repeat(2000),
    '{"a":'.repeat(500),
    '__proto__',
    '"constructor"',
    '\ufeff',
  ],
  edits: TEXT_EDITS,
  quoted: /(?<=the line is not JSON: ).*/s,
  options: (random) => (random.oneIn(3) ? { onBadRow: 'skip' } : {}),
  run: (bytes, { way, options }) => readRows(bytes, way, 'jsonl', { format: 'jsonl', ...options }),
};
