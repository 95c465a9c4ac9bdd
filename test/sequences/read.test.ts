/** Sequences out of files: formats, places in messages, duplicates. */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openSequences, readSequences, type SequenceOptions } from '../../src/sequences/index.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const read = (text: string, options: SequenceOptions = {}) =>
  readSequences(bytesOf(text), { name: 'file.txt', onWarning() {}, ...options });

describe('formats', () => {
  test('one a line, with Windows line ends, a byte-order mark and space around', async () => {
    const found = await read('\ufeffCASSF\r\n CASSY \r\nCASSF\r\n\r\n');
    expect(found).toEqual({
      sequences: ['CASSF', 'CASSY'],
      counts: Uint32Array.of(2, 1),
      total: 3,
      skippedRows: 0,
    });
  });

  test('FASTA: names with commas and spaces, wrapped lines, blank lines', async () => {
    const found = await read('>donor 7, clone 1\nCASS\nLGF\n\n>x > y\r\nCAT\r\n>z\nCASSLGF');
    expect(found.sequences).toEqual(['CASSLGF', 'CAT']);
    expect([...found.counts]).toEqual([2, 1]);
  });

  test('AIRR: junction_aa and v_call, quoted fields with commas, spaces and line breaks', async () => {
    const text =
      'sequence_id\tv_call\tjunction_aa\n' +
      '"a, b"\tTRBV20-1*01,TRBV20-1*02\tCASSF\n' +
      '"two\nlines"\t\tCASSF\n' +
      'c d\tTRBV20-1*03\tCASSF\n';
    const plain = await read(text, { name: 'airr.tsv' });
    expect(plain.sequences).toEqual(['CASSF']);
    expect(plain.vGenes).toBeUndefined();
    const genes = await read(text, { name: 'airr.tsv', vColumn: 'v_call' });
    expect(genes).toMatchObject({ sequences: ['CASSF', 'CASSF'], vGenes: ['TRBV20-1', ''], total: 3 });
    expect([...genes.counts]).toEqual([2, 1]);
  });

  test.each([
    ['CDR3\nCASSF\n', {}],
    ['CASSF\n', { name: 'a.csv' }],
    ['CASSF\n', { format: 'table' }],
    ['CASSF,1\n', { column: 0 }],
    ['id;aminoAcid\n1;CASSF\n', {}],
    ['x|y\n1|CASSF\n', { column: 'y' }],
    ['AGE,y\nCASSF,1\n', { column: 0, header: true }],
    ['CASSF', { header: false }],
    ['# by me\nCASSF\n# more\n', {}],
    ['#cdr3\tv\nCASSF\t1\n', {}],
    ['sequence\nCASSF\n', {}],
    // Fields that are missing at the end are empty.
    ['junction_aa\tv_call\tcount\tnote\nCASSF\tTRBV1\n', { name: 'airr.tsv', vColumn: 3 }],
  ] as [string, SequenceOptions][])('%j with %o holds CASSF', async (text, options) => {
    expect((await read(text, options)).sequences).toEqual(['CASSF']);
  });

  test('gzip, Blobs, streams and lists are read alike', async () => {
    const packed = gzipSync('>a\nCASSF\n');
    const blob = new Blob(['CASSF\n']);
    for (const input of [new Uint8Array(packed), blob, blob.stream(), ['CASSF']]) {
      expect((await readSequences(input)).sequences).toEqual(['CASSF']);
    }
    const source = await openSequences(blob);
    expect((await readSequences(source)).sequences).toEqual((await readSequences(source)).sequences);
    await source.close();
  });

  test('a table with names alone is an empty set', async () => {
    expect(await read('junction_aa\tv_call\n')).toMatchObject({ sequences: [], total: 0 });
  });
});

describe('what is no sequence is refused with its place', () => {
  const cases: [string, SequenceOptions, string][] = [
    [
      'CASSF\n  CAS*F\n',
      {},
      `file.txt, line 2, column 6: "CAS*F" has "*" at position 4; allowed are the amino acids ACDEFGHIKLMNPQRSTVWY`,
    ],
    ['CASSF\nCAS_F\n', {}, 'file.txt, line 2, column 4: "CAS_F" has "_" at position 4'],
    [
      'CASSF\nCAsSF',
      {},
      'line 2, column 3: "CAsSF" has "s" at position 3; allowed are the amino acids ACDEFGHIKLMNPQRSTVWY (amino acids are upper case)',
    ],
    ['CASSF\nCAXSF', {}, 'line 2, column 3: "CAXSF" has "X"'],
    ['CASSF\n\n\nCAT', {}, 'line 2, column 1: the line is blank, and more lines follow'],
    ['CAS😀F', {}, 'line 1, column 4: "CAS😀F" has "😀" at position 4'],
    ['>a\nCAS\nC-F\n', {}, 'line 3, column 2: "C-F" has "-" at position 2'],
    ['>a\n>b\nCAS', {}, 'line 1, column 1: the name has no sequence'],
    ['>a\nCAS\n>b', {}, 'line 3, column 1: the name has no sequence'],
    ['CAS', { format: 'fasta' }, 'line 1: FASTA begins with \'>\' and a name, got "CAS"'],
    ['id,cdr3\n1,\n', {}, 'line 2, column 2: the field is empty; it must hold a sequence'],
    ['id,cdr3\n"a\nb",CAS\n1,NaN\n', {}, 'line 4, column 2: "NaN" is a missing value; it must be a sequence'],
    ['id,cdr3\n1,CAS\n2,NA\n', {}, 'line 3, column 2: "NA" is a missing value'],
    ['CAS\nNAN\n', {}, 'line 2, column 1: "NAN" is a missing value'],
    ['id,cdr3\n1,None\n', {}, 'line 2, column 2: "None" is a missing value'],
    ['id,cdr3\n1,null\n', {}, 'line 2, column 2: "null" is a missing value'],
    [
      'id,cdr3\n1,TGTGCCAGCAG\n',
      {},
      'line 2, column 2: "TGTGCCAGCAG" consists of nucleotides; use a column with amino acid sequences',
    ],
    ['id,cdr3\n1,tgtgccagcag\n', {}, 'line 2, column 2: "tgtgccagcag" consists of nucleotides'],
    ['CASSF\n  TGTGCCAGCNN\n', {}, 'line 2, column 3: "TGTGCCAGCNN" consists of nucleotides'],
    ['>a\nTGTGC\nCAGCAG\n', {}, 'line 2, column 1: "TGTGCCAGCAG" consists of nucleotides'],
    ['id,cdr3\n1,CAS,3\n', {}, 'line 2, column 3: the line has 3 fields, the first line has 2'],
    ['id,cdr3\n1\n', {}, 'line 2, column 2: the field is empty; it must hold a sequence'],
    [
      '1,CAS\n2\n',
      { column: 1, header: false },
      'line 2, column 2: the line has 1 fields, the first line has 2',
    ],
    ['cdr3\nCAS\n\nCAT', {}, 'line 3, column 1: the line is blank, and more lines follow'],
    ['CASSF\rCASSY\r', {}, 'line 1: its lines end with CR only'],
    ['', {}, 'file.txt: is empty (0 bytes)'],
    [' \n\n', {}, 'file.txt: has only blank lines'],
  ];
  test.each(cases)('%j', async (text, options, message) => {
    await expect(read(text, options)).rejects.toMatchObject({
      name: 'FormatError',
      message: expect.stringContaining(message),
    });
  });

  test('or counted and told, with onBadRow: skip', async () => {
    const warnings: string[] = [];
    const text = 'id,cdr3\n1,CAS*\n2,CASSF\n3\n4,\n\n5,CAT\n6,NA\n\n';
    const found = await read(text, {
      onBadRow: 'skip',
      onWarning: (w) => warnings.push(`${w.code} ${w.message}`),
    });
    expect(found).toMatchObject({ sequences: ['CASSF', 'CAT'], total: 2, skippedRows: 4 });
    expect(warnings).toEqual([
      'BAD_ROWS_SKIPPED file.txt: 4 rows skipped, because they are not valid sequences; the first: file.txt, line 2, column 2: "CAS*" has "*" at position 4; allowed are the amino acids ACDEFGHIKLMNPQRSTVWY',
    ]);
  });

  test('rows are those of the file, whatever was skipped', async () => {
    const text = '# by me\ncdr3,v_call\nCAS*,TRBV1\nCASSF,NA\n\nNA\nCAT,TRBV2*01\n-,\n';
    const source = await openSequences(bytesOf(text), { name: 'a.csv', vColumn: 'v_call', onBadRow: 'skip' });
    const chunks = [];
    for await (const chunk of source.chunks({ chunkRows: 1 })) chunks.push(chunk);
    expect(chunks).toEqual([
      { start: 0, sequences: ['CASSF'], rows: [1], vGenes: [''] },
      { start: 1, sequences: ['CAT'], rows: [3], vGenes: ['TRBV2'] },
    ]);
    expect(source).toMatchObject({ rows: 5, skippedRows: 3 });
  });

  test('a file of which every row was skipped says so', async () => {
    await expect(read('cdr3\nNA\nCA*\n', { onBadRow: 'skip' })).rejects.toThrow(
      'file.txt, line 2, column 1: all 2 rows were skipped as bad; the first: "NA" is a missing value',
    );
  });

  test('in a list too', async () => {
    await expect(readSequences(['CAT', 'CaT'])).rejects.toThrow('sequence 1: "CaT" has "a" at position 2');
    await expect(readSequences(['CAT', ''])).rejects.toThrow('sequence 1: it is empty');
    await expect(readSequences([3 as never])).rejects.toThrow(TypeError);
    const found = await readSequences(['CAT', 'C*T', 'CAT'], { onBadRow: 'skip', onWarning() {} });
    expect(found).toMatchObject({ sequences: ['CAT'], total: 2, skippedRows: 1 });
  });
});

describe('options', () => {
  test.each([
    [
      'a,b\n1,2\n',
      {},
      'column: name the column that holds the sequences; file.txt has the string "a", the string "b"',
    ],
    // AIRR's sequence and Change-O's CDR3 are nucleotides.
    ['sequence\tjunction\nTGTGCCAGC\tTGTGCCAGC\n', {}, 'column: name the column that holds the sequences'],
    ['SEQUENCE_ID\tCDR3\nTGTGCCAGC\tTGTGCCAGC\n', {}, 'column: name the column that holds the sequences'],
    ['a,b\n1,2\n', { column: 'c' }, 'column: file.txt has no column "c"; its first line is "a", "b"'],
    ['a,a\n1,2\n', { column: 'a' }, 'column: file.txt has more than one column "a"'],
    ['cdr3,b\nCAT,2\n', { vColumn: 'v' }, 'vColumn: file.txt has no column "v"'],
    ['cdr3,b\nCAT,2\n', { column: 2 }, 'column must be a column of file.txt, 0 to 1, got 2'],
    ['cdr3,b\nCAT,2\n', { column: 'b', header: false }, 'is a name, but header is false'],
    ['CAT', { format: 'lines', column: 0 }, 'column: is an option for tables, and file.txt is lines'],
    ['CAT', { format: 'xml' as never }, `format must be 'fasta', 'table' or 'lines', got the string "xml"`],
    ['CAT', { onBadRow: 'drop' as never }, `onBadRow must be 'error' or 'skip', got the string "drop"`],
    ['CAT', { delimiter: 'ab' }, 'delimiter must be one character, not a quote, got the string "ab"'],
  ] as [string, SequenceOptions, string][])('%j with %o', async (text, options, message) => {
    await expect(read(text, options)).rejects.toThrow(message);
  });

  test('a memory limit holds while reading', async () => {
    const text = Array.from(
      { length: 30_000 },
      (_, i) => `CAS${[...String(i)].map((d) => 'ACDEFGHIKL'[+d]).join('')}F`,
    ).join('\n');
    await expect(readSequences(bytesOf(text), { memoryLimit: '1MB' })).rejects.toMatchObject({
      name: 'MemoryLimitError',
    });
    expect((await readSequences(bytesOf(text), { memoryLimit: '8MB' })).sequences.length).toBe(30_000);
  });

  test('a signal stops it, progress ends at the total', async () => {
    await expect(readSequences(['CAT'], { signal: AbortSignal.abort('no') })).rejects.toBe('no');
    const seen: unknown[] = [];
    await readSequences(['CAT', 'CAT'], { onProgress: (p) => seen.push(p) });
    expect(seen.at(-1)).toEqual({ phase: 'read', done: 2, total: 2 });
  });
});

test('any list of sequences comes back as its distinct ones, with counts, through every format and chunk', async () => {
  const sequence = fc
    .array(fc.constantFrom(...'ACDY'), { minLength: 1, maxLength: 4 })
    .map((l) => l.join(''));
  await fc.assert(
    fc.asyncProperty(
      fc.array(sequence, { minLength: 1, maxLength: 40 }),
      fc.constantFrom('\n', '\r\n'),
      fc.integer({ min: 1, max: 7 }),
      async (list, end, chunkRows) => {
        const wanted = new Map<string, number>();
        for (const one of list) wanted.set(one, (wanted.get(one) ?? 0) + 1);
        const texts = [
          list.join(end),
          list.map((one, i) => `>${i}, a b${end}${one}${end}`).join(''),
          `id\tcdr3${end}${list.map((one, i) => `"x, ${i}"\t${one}`).join(end)}${end}`,
        ];
        for (const text of texts) {
          const found = await read(text);
          expect(found.sequences).toEqual([...wanted.keys()]);
          expect([...found.counts]).toEqual([...wanted.values()]);
          const source = await openSequences(bytesOf(text));
          const all: string[] = [];
          for await (const chunk of source.chunks({ chunkRows })) {
            expect(chunk.start).toBe(all.length);
            expect(chunk.sequences.length).toBeLessThanOrEqual(chunkRows);
            all.push(...chunk.sequences);
          }
          expect(all).toEqual(list);
        }
      },
    ),
    { numRuns: 60 },
  );
});
