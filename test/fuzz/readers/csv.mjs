import { plainRows, TEXT_EDITS } from '../formats/text.mjs';
import { Digest, readRows } from '../reading.mjs';

const text = (lines, end = '\n') => new TextEncoder().encode(lines.join(end) + end);

export default {
  name: 'csv',
  seeds() {
    const rows = Array.from({ length: 30 }, (_, i) => `${i / 4},${i * i},-${i}e-3`);
    return [
      { name: 'names', bytes: text(['x,y,z', ...rows]) },
      { name: 'bare', bytes: text(rows) },
      { name: 'windows', bytes: text(['x,y,z', ...rows], '\r\n') },
      {
        name: 'quoted',
        bytes: text(['"x","the ""y""","z, too"', ...rows.map((r) => `"${r.replaceAll(',', '","')}"`)]),
      },
      {
        name: 'tabs',
        bytes: text(['a\tb\tid', ...rows.map((r, i) => `${r.split(',', 2).join('\t')}\trow${i}`)]),
        options: { idColumn: 'id' },
      },
      { name: 'bom', bytes: text(['\ufeffx;y;z', ...rows.map((r) => r.replaceAll(',', ';'))]) },
    ];
  },
  words: [
    ',',
    ';',
    '\t',
    '|',
    '"',
    '""',
    '\n',
    '\r',
    '\r\n',
    '\n\n',
    '#',
    'NA',
    'NaN',
    'inf',
    '-Infinity',
    '1e999',
    '0x10',
    '1_000',
    '\ufeff',
    '\0',
    '\u00e9',
    '=1+1',
    '"a\nb"',
  ],
  edits: TEXT_EDITS,
  options: (random) => (random.oneIn(3) ? { onBadRow: 'skip' } : {}),
  run: (bytes, { way, options }) => readRows(bytes, way, 'csv', { format: 'csv', ...options }),
  /** Without quotes there is one right answer: a row for each line, and its numbers. */
  accepted({ seed, bytes, result, options }) {
    if (options.onBadRow === 'skip' || options.idColumn || !result.whole) return undefined;
    const separator = seed.name === 'bom' ? ';' : ',';
    const rows = plainRows(bytes, separator, result.cols);
    if (!rows) return undefined;
    const names = rows.length - result.rows;
    if (names !== 0 && names !== 1) return `${result.rows} rows of ${rows.length} lines`;
    if (names === 1 && rows[0].every(Number.isFinite) && !rows[0].every((x, i) => x === i)) {
      return 'numbers were taken for names';
    }
    const digest = new Digest();
    for (const row of rows.slice(names)) digest.numbers(row);
    return String(digest) === result.digest ? undefined : 'other numbers than the text has';
  },
};
