import { readRows } from '../reading.mjs';

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
  options: (random) => (random.oneIn(3) ? { onBadRow: 'skip' } : {}),
  run: (bytes, { way, options }) => readRows(bytes, way, 'csv', { format: 'csv', ...options }),
};
