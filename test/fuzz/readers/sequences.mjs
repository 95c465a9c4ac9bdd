import { TEXT_EDITS } from '../formats/text.mjs';
import { Digest, inputOf, sequences } from '../reading.mjs';

const text = (lines) => new TextEncoder().encode(lines.join('\n') + '\n');
const ACIDS = 'ACDEFGHIKLMNPQRSTVWY';
const list = Array.from({ length: 30 }, (_, i) =>
  Array.from({ length: 8 + (i % 7) }, (_, k) => ACIDS[(i * 7 + k * 3) % 20]).join(''),
);

export default {
  name: 'sequences',
  seeds: () => [
    { name: 'lines', bytes: text(list), options: { format: 'lines' } },
    {
      name: 'fasta',
      bytes: text(list.flatMap((s, i) => [`>seq ${i}`, s.slice(0, 5), s.slice(5)])),
      options: { format: 'fasta' },
    },
    {
      name: 'airr',
      bytes: text([
        'sequence_id\tv_call\tjunction_aa',
        ...list.map((s, i) => `s${i}\tTRBV${i % 5}*01\t${s}`),
      ]),
      options: { format: 'table', vColumn: 'v_call' },
    },
    {
      name: 'csv',
      bytes: text(['id,cdr3', ...list.map((s, i) => `"${i}",${s}`)]),
      options: { format: 'table', delimiter: ',' },
    },
  ],
  words: [
    '>',
    '>\n',
    '\n',
    '\r\n',
    '\t',
    ',',
    '"',
    'NA',
    'None',
    'null',
    'ACGTACGTACGT',
    '*',
    'X',
    'junction_aa',
    'sequence',
    'v_call',
    '\0',
    '\u00e9',
    '#',
    ';',
    'A'.repeat(5000),
  ],
  edits: TEXT_EDITS,
  options: (random) => (random.oneIn(3) ? { onBadRow: 'skip' } : {}),
  async run(bytes, { way, options }) {
    const extension = { fasta: 'fasta', table: 'tsv' }[options.format] ?? 'txt';
    const named = way === 'bytes' || way === 'stream' ? { name: `case.${extension}` } : {};
    const source = await sequences.openSequences(inputOf(bytes, way, extension), {
      onWarning() {},
      ...named,
      ...options,
    });
    const digest = new Digest();
    let rows = 0;
    try {
      for await (const chunk of source.chunks({ chunkRows: 16 })) {
        for (const one of chunk.sequences) digest.text(one);
        for (const one of chunk.vGenes ?? []) digest.text(one);
        rows += chunk.sequences.length;
      }
    } finally {
      await source.close();
    }
    return { digest: String(digest), rows };
  },
};
