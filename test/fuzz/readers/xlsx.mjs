import { readFileSync } from 'node:fs';
import { TEXT_EDITS } from '../formats/text.mjs';
import { filesOf, ZIP_EDITS, zipFile } from '../formats/zip-file.mjs';
import { readRows } from '../reading.mjs';

const fixture = (name) =>
  new Uint8Array(readFileSync(new URL(`../../sources/fixtures/${name}.xlsx`, import.meta.url)));
const utf8 = (text) => new TextEncoder().encode(text);

const TYPES = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
/** A small workbook by hand: one sheet, shared texts, dates. */
function small(deflate) {
  const rows = Array.from({ length: 12 }, (_, i) => {
    const n = i + 2;
    const cells = [`<c r="A${n}" t="s"><v>${i % 3}</v></c>`, `<c r="B${n}" s="1"><v>${44000 + i}</v></c>`];
    return `<row r="${n}">${cells.join('')}<c r="C${n}"><v>${i / 8}</v></c><c r="D${n}" t="b"><v>${i % 2}</v></c></row>`;
  });
  const names = ['name', 'day', 'x', 'ok'].map(
    (name, i) => `<c r="${'ABCD'[i]}1" t="inlineStr"><is><t>${name}</t></is></c>`,
  );
  const parts = {
    '_rels/.rels': `<Relationships><Relationship Id="rId1" Type="${TYPES}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    'xl/workbook.xml': `<workbook><sheets><sheet name="one" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships><Relationship Id="rId1" Type="${TYPES}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="${TYPES}/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="rId3" Type="${TYPES}/styles" Target="styles.xml"/></Relationships>`,
    'xl/sharedStrings.xml':
      '<sst><si><t>a</t></si><si><r><t>b&amp;</t></r><r><t>c</t></r></si><si><t/></si></sst>',
    'xl/styles.xml': '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
    'xl/worksheets/sheet1.xml': `<worksheet><sheetData><row r="1">${names.join('')}</row>${rows.join('')}</sheetData></worksheet>`,
  };
  return zipFile(Object.entries(parts).map(([name, text]) => ({ name, bytes: utf8(text), deflate })));
}

/** Edits of the text of a part, with the archive around it put right. */
const inParts = Object.fromEntries(
  Object.entries(TEXT_EDITS).map(([name, edit]) => [
    `part ${name}`,
    (archive, random, context) => {
      const files = filesOf(archive);
      if (!files || files.length === 0) return archive;
      const file = random.pick(files);
      if (file.bytes.length > 0) file.bytes = edit(file.bytes, random, context) ?? file.bytes;
      return zipFile(files);
    },
  ]),
);

const PLAIN = ['flip', 'byte', 'number', 'step', 'zero', 'truncate', 'remove'];

export default {
  name: 'xlsx',
  seeds: () => [
    { name: 'stored', bytes: small(false), options: { idColumn: 'name', columns: ['x', 'ok'] } },
    { name: 'deflated', bytes: small(true), options: { idColumn: 'name', columns: ['x', 'ok'] } },
    { name: 'openpyxl', bytes: fixture('openpyxl'), options: { sheet: 'plain' } },
    {
      name: 'named',
      bytes: fixture('openpyxl'),
      options: { sheet: 1, columns: ['a', 'b'], idColumn: 'day' },
    },
  ],
  ways: ['bytes', 'bytes', 'bytes', 'blob', 'path'],
  words: [
    '<row r="',
    '</row>',
    '<c r="',
    '<v>',
    '</v>',
    ' t="s"',
    ' t="e"',
    ' s="1"',
    '<f>',
    '&#x10FFFF;',
    ']]>',
    '<![CDATA[',
    '<!--',
  ],
  edits: { ...ZIP_EDITS, ...inParts },
  options: (random) => (random.oneIn(4) ? { onBadRow: 'skip' } : {}),
  run: (bytes, { way, options }) => readRows(bytes, way, 'xlsx', { format: 'xlsx', ...options }),
  /** Every byte of a part is under its checksum; other parts than those that are read may be damaged. */
  accepted({ seed, edits, result, options }) {
    if (options.onBadRow || !result.whole || edits.some((edit) => !PLAIN.includes(edit))) return undefined;
    return result.digest === seed.result.digest ? undefined : 'other numbers than those under the checksum';
  },
};
