/** Writes zip archives of parts that come piece by piece: NPZ files and Excel workbooks. */
import { once } from 'node:events';
import { closeSync, openSync, writeSync } from 'node:fs';
import { createDeflateRaw } from 'node:zlib';

const CRC_TABLE = Int32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
  return value;
});

function crc32(bytes, crc) {
  let value = ~crc;
  for (let i = 0; i < bytes.length; i++) value = (value >>> 8) ^ CRC_TABLE[(value ^ bytes[i]) & 255];
  return ~value;
}

const asBytes = (piece) =>
  typeof piece === 'string'
    ? Buffer.from(piece)
    : Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);

/** The fields that the header before a part and its entry in the directory have in common. */
function fields({ name, crc, packed, length }) {
  const head = Buffer.alloc(26);
  head.writeUInt16LE(20, 0);
  head.writeUInt16LE(8, 4);
  head.writeInt32LE(crc, 10);
  head.writeUInt32LE(packed, 14);
  head.writeUInt32LE(length, 18);
  head.writeUInt16LE(name.length, 22);
  return head;
}

const mark = (...letters) => Buffer.from([80, 75, ...letters]);

/** Write a deflated archive. @param parts name and pieces (texts or typed arrays) of each part */
export async function writeZip(path, parts) {
  const file = openSync(path, 'w');
  let at = 0;
  const write = (bytes, place = at) => {
    for (let done = 0; done < bytes.length; )
      done += writeSync(file, bytes, done, bytes.length - done, place + done);
    if (place === at) at += bytes.length;
  };
  try {
    const directory = [];
    for (const [name, pieces] of parts) {
      const part = { name, crc: 0, packed: 0, length: 0 };
      const offset = at;
      const header = () => Buffer.concat([mark(3, 4), fields(part), Buffer.from(name)]);
      write(header());
      const deflate = createDeflateRaw({ level: 1 });
      deflate.on('data', (bytes) => {
        part.packed += bytes.length;
        write(bytes);
      });
      const ended = once(deflate, 'end');
      for (const piece of pieces) {
        const bytes = asBytes(piece);
        part.crc = crc32(bytes, part.crc);
        part.length += bytes.length;
        // A copy: the generator may use its array again.
        if (!deflate.write(Buffer.from(bytes))) await once(deflate, 'drain');
      }
      deflate.end();
      await ended;
      write(header(), offset);
      const entry = Buffer.alloc(14);
      entry.writeUInt32LE(offset, 10);
      directory.push(mark(1, 2), Buffer.from([20, 0]), fields(part), entry, Buffer.from(name));
    }
    const begin = at;
    const listed = Buffer.concat(directory);
    const end = Buffer.alloc(18);
    end.writeUInt16LE(parts.length, 4);
    end.writeUInt16LE(parts.length, 6);
    end.writeUInt32LE(listed.length, 8);
    end.writeUInt32LE(begin, 12);
    write(listed);
    write(Buffer.concat([mark(5, 6), end]));
  } finally {
    closeSync(file);
  }
}

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const relations = (type, target) =>
  `${XML}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="${OFFICE}/${type}" Target="${target}"/></Relationships>`;

function letters(column) {
  let text = '';
  for (let left = column + 1; left > 0; left = Math.floor((left - 1) / 26)) {
    text = String.fromCharCode(65 + ((left - 1) % 26)) + text;
  }
  return text;
}

/** Write a workbook of one sheet, as Excel and openpyxl do. @param blocks `{ data, count, first }` with `cols` numbers a row */
export async function writeWorkbook(path, blocks, cols) {
  const names = Array.from({ length: cols }, (_, column) => letters(column));
  function* sheet() {
    yield `${XML}<worksheet xmlns="${MAIN}"><sheetData>`;
    for (const { data, count, first } of blocks) {
      let text = '';
      for (let i = 0; i < count; i++) {
        const line = first + i + 1;
        text += `<row r="${line}">`;
        for (let j = 0; j < cols; j++) text += `<c r="${names[j]}${line}"><v>${data[i * cols + j]}</v></c>`;
        text += '</row>';
      }
      yield text;
    }
    yield '</sheetData></worksheet>';
  }
  await writeZip(path, [
    [
      '[Content_Types].xml',
      [`${XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`],
    ],
    ['_rels/.rels', [relations('officeDocument', 'xl/workbook.xml')]],
    [
      'xl/workbook.xml',
      [
        `${XML}<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>`,
      ],
    ],
    ['xl/_rels/workbook.xml.rels', [relations('worksheet', 'worksheets/sheet1.xml')]],
    ['xl/worksheets/sheet1.xml', sheet()],
  ]);
}
