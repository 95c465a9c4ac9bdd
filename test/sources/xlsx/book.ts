/** Workbooks made by hand, from the XML of their rows. */
import { columnLetters } from '../../../src/sources/xlsx/sheet.ts';
import { zipFile } from '../../fuzz/formats/zip-file.mjs';

export const utf8 = (text: string) => new TextEncoder().encode(text);
const TYPES = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';

/** A workbook with one sheet, from the XML of its rows. */
export function book(
  rows: string,
  { strings = '', styles = '', sheet = '', deflate = true, name = 'Sheet1' } = {},
): Uint8Array {
  const parts: Record<string, string> = {
    '[Content_Types].xml': '<Types/>',
    '_rels/.rels': `<Relationships><Relationship Id="r" Type="${TYPES}/officeDocument" Target="/xl/workbook.xml"/></Relationships>`,
    'xl/workbook.xml': `<x:workbook xmlns:x="y"><x:sheets><x:sheet name="${name}" sheetId="1" r:id="rId1"/></x:sheets></x:workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships><Relationship Target='worksheets/sheet1.xml' Type='${TYPES}/worksheet' Id='rId1'/><Relationship Id="s" Type="${TYPES}/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="t" Type="${TYPES}/styles" Target="styles.xml"/></Relationships>`,
    'xl/sharedStrings.xml': `<?xml version="1.0"?><sst>${strings}</sst>`,
    'xl/styles.xml': `<styleSheet>${styles}</styleSheet>`,
    'xl/worksheets/sheet1.xml':
      sheet ||
      `<?xml version="1.0" encoding="UTF-8"?>\n<worksheet><sheetData>${rows}</sheetData></worksheet>`,
  };
  return zipFile(Object.entries(parts).map(([part, text]) => ({ name: part, bytes: utf8(text), deflate })));
}
export const cell = (at: string, value: number | string, more = '') =>
  `<c r="${at}"${more}><v>${value}</v></c>`;
export const row = (line: number, ...values: (number | string | undefined)[]) =>
  `<row r="${line}">${values
    .map((value, i) => {
      if (value === undefined) return '';
      const at = `${columnLetters(i)}${line}`;
      return typeof value === 'number' ? cell(at, value) : cell(at, value, ' t="str"');
    })
    .join('')}</row>`;
