import { TEXT_EDITS } from '../formats/text.mjs';
import { Digest, readRows } from '../reading.mjs';

const text = (lines, end = '\n') => new TextEncoder().encode(lines.join(end) + end);
const rows = (texts) =>
  Array.from({ length: 20 }, (_, i) => [`g${i}`, ...texts, i / 4, i * i, `-${i}e-3`].join('\t'));

export default {
  name: 'gct',
  seeds() {
    const names = 'Name\tDescription\ta\tb\tc';
    const plain = ['#1.2', '20\t3', names, ...rows(['said "so"'])];
    const meta = ['#1.3', '20\t3\t2\t2', 'id\tsymbol\tkind\ta\tb\tc'];
    return [
      { name: '1.2', bytes: text(plain) },
      { name: 'windows', bytes: text(plain, '\r\n') },
      {
        name: '1.3',
        bytes: text([...meta, 'dose\tna\tna\t1\t2\t3', 'cell\tna\tna\tx\ty\tz', ...rows(['TP53', 'x'])]),
      },
      { name: 'bare', bytes: text(['#1.3', '20\t3\t0\t0', 'id\ta\tb\tc', ...rows([])]) },
      {
        name: 'chosen',
        bytes: text(plain),
        options: { columns: ['c', 'a'], idColumn: 'Description' },
      },
    ];
  },
  words: ['\t', '\n', '\r\n', '#1.2', '#1.3', 'NA', 'NaN', 'inf', '"', '\ufeff', '\0', '1e999', '\t\t'],
  edits: TEXT_EDITS,
  options: (random) => (random.oneIn(3) ? { onBadRow: 'skip' } : {}),
  run: (bytes, { way, options }) => readRows(bytes, way, 'gct', { format: 'gct', ...options }),
  /** What is read is what a plain split gives. */
  accepted({ bytes, result, options }) {
    if (options.onBadRow === 'skip' || options.columns || !result.whole) return undefined;
    const lines = new TextDecoder()
      .decode(bytes)
      .split('\n')
      .map((line) => line.replace(/\r$/, ''))
      .filter((line) => line.trim() !== '');
    const counts = lines[1]
      .trim()
      .split(/\s*\t\s*/)
      .map(Number);
    const skip = 3 + (counts[3] ?? 0);
    const texts = 1 + (counts[2] ?? 1);
    if (lines.length - skip !== counts[0]) return `${lines.length - skip} lines, ${counts[0]} announced`;
    const digest = new Digest();
    for (const line of lines.slice(skip)) digest.numbers(line.split('\t').slice(texts).map(Number));
    return String(digest) === result.digest ? undefined : 'other numbers than the text has';
  },
};
