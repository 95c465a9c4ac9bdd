/**
 * The parts of an Excel workbook besides its sheets: their names, texts that cells share, and which styles are dates.
 * Format: ECMA-376, Office Open XML, part 1, section 18
 */

import { FormatError, MemoryLimitError } from '../../errors.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { type LimitOptions, readerRoom } from '../bytes/limits.ts';
import type { ZipArchive, ZipEntry } from '../zip/archive.ts';
import { openEntry } from '../zip/entry.ts';
import { attribute, decode, readWholeXml, readXml } from './xml.ts';

/** Excel's largest numbers of styles and formats. */
const MOST_STYLES = 65_536;
/** Memory of a text: an object, and two bytes a letter. */
const TEXT_BYTES = 40;

export interface Sheet {
  name: string;
  hidden: boolean;
  /** The part of the archive. */
  path: string;
}

/** What a cell needs to become text. */
export interface Workbook {
  archive: ZipArchive;
  sheets: Sheet[];
  /** Texts that cells refer to by their index. */
  strings: readonly string[];
  /** For each style whether it shows a number as a date or time. */
  dates: readonly boolean[];
  /** Days are counted from 1904, not from 1900. */
  from1904: boolean;
  /** Memory of the texts. */
  textBytes: number;
}

interface Relation {
  type: string;
  path: string;
}

function partOf({ entries }: ZipArchive, path: string): ZipEntry | undefined {
  const wanted = path.toLowerCase();
  return (
    entries.find(({ name }) => name === path) ?? entries.find(({ name }) => name.toLowerCase() === wanted)
  );
}

/** Open a part of a workbook. @throws FormatError if it does not exist */
export function openPart(archive: ZipArchive, path: string): Promise<Bytes> {
  const entry = partOf(archive, path);
  const { name } = archive.file;
  if (!entry) throw new FormatError(name, `is damaged: it has no ${path}`);
  return openEntry(archive, entry, `${name}, ${path}`);
}

/** A path as a part of `base` names it: relative to the folder of `base`, or from the root. */
function resolve(base: string, target: string): string {
  const parts = target.startsWith('/') ? [] : base.split('/').slice(0, -1);
  for (const part of target.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** What the part `base` refers to, by id. */
async function relationsOf(archive: ZipArchive, base: string): Promise<Map<string, Relation>> {
  const at = base.lastIndexOf('/') + 1;
  const path = `${base.slice(0, at)}_rels/${base.slice(at)}.rels`;
  const found = new Map<string, Relation>();
  if (!partOf(archive, path)) return found;
  await readWholeXml(await openPart(archive, path), {
    open(name, tag) {
      if (name !== 'Relationship') return;
      const [id, type, target] = ['Id', 'Type', 'Target'].map((key) => attribute(tag, key) ?? '');
      found.set(id, { type: type.slice(type.lastIndexOf('/') + 1), path: resolve(base, target) });
    },
    text() {},
    close() {},
  });
  return found;
}

const typed = (relations: Map<string, Relation>, wanted: string) =>
  [...relations.values()].find(({ type }) => type === wanted)?.path;

/** Whether a number format shows a date or a time. Text in quotes, colours and escaped letters do not count. @internal */
export function isDateFormat(code: string): boolean {
  const bare = code
    .replace(/"[^"]*"|\\.|_.|\*./g, '')
    .replace(/\[(?!(?:h+|m+|s+)\])[^\]]*\]/gi, '')
    .split(';', 1)[0];
  return /[dmyhs]/i.test(bare) && !/^general$/i.test(bare.trim());
}

/** The formats that Excel does not write down: dates and times, also those of East Asian languages. */
function isBuiltInDate(id: number): boolean {
  return (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) || (id >= 50 && id <= 58);
}

async function readStyles(archive: ZipArchive, path: string): Promise<boolean[]> {
  const codes = new Map<number, string>();
  const styles: number[] = [];
  let inCells = false;
  await readWholeXml(await openPart(archive, path), {
    open(name, tag) {
      if (name === 'cellXfs') inCells = true;
      else if (name === 'numFmt' && codes.size < MOST_STYLES) {
        codes.set(Number(attribute(tag, 'numFmtId')), attribute(tag, 'formatCode') ?? '');
      } else if (inCells && name === 'xf' && styles.length < MOST_STYLES) {
        styles.push(Number(attribute(tag, 'numFmtId') ?? 0));
      }
    },
    text() {},
    close(name) {
      if (name === 'cellXfs') inCells = false;
    },
  });
  return styles.map((id) => {
    const code = codes.get(id);
    return code === undefined ? isBuiltInDate(id) : isDateFormat(code);
  });
}

async function readStrings(
  archive: ZipArchive,
  path: string,
  options: LimitOptions,
): Promise<{ strings: string[]; textBytes: number }> {
  const strings: string[] = [];
  let textBytes = 0;
  let text = '';
  let inText = false;
  /** Depth of elements with the pronunciation, which is no part of the text. */
  let spoken = 0;
  const handler = {
    open(name: string) {
      if (name === 'si') text = '';
      else if (name === 'rPh') spoken++;
      inText = name === 't' && spoken === 0;
    },
    text(piece: string) {
      if (inText) text += decode(piece);
    },
    close(name: string) {
      inText = false;
      if (name === 'rPh') spoken--;
      if (name !== 'si') return;
      strings.push(text);
      textBytes += TEXT_BYTES + 2 * text.length;
    },
  };
  const room = readerRoom(options) / 2;
  const bytes = await openPart(archive, path);
  for await (const _ of readXml(bytes, handler)) {
    if (textBytes <= room) continue;
    const needed = Math.ceil((4 * textBytes * bytes.byteLength) / Math.max(1, 2 * textBytes));
    throw new MemoryLimitError(
      `${archive.file.name}: the texts of its cells`,
      Math.max(needed, 4 * textBytes),
      2 * readerRoom(options),
      'save the sheet as CSV, whose texts are not kept',
    );
  }
  return { strings, textBytes };
}

/**
 * Read all parts of a workbook but its sheets.
 *
 * Memory: the texts of its cells, of all sheets, which must fit in half the memory that a reader may use.
 */
export async function openWorkbook(archive: ZipArchive, options: LimitOptions): Promise<Workbook> {
  const { name } = archive.file;
  const root = await relationsOf(archive, '');
  const path = typed(root, 'officeDocument') ?? 'xl/workbook.xml';
  if (path.endsWith('.bin')) {
    throw new FormatError(name, 'is a binary workbook (.xlsb), which is not read; save it as .xlsx or CSV');
  }
  if (!partOf(archive, path)) {
    const other = partOf(archive, 'word/document.xml') ? 'a document of Word' : 'no workbook of Excel';
    throw new FormatError(name, `is ${other}; allowed are .xlsx and .xlsm`);
  }
  const relations = await relationsOf(archive, path);
  const sheets: Sheet[] = [];
  let from1904 = false;
  await readWholeXml(await openPart(archive, path), {
    open(element, tag) {
      if (element === 'workbookPr') from1904 = /^(1|true)$/.test(attribute(tag, 'date1904') ?? '');
      if (element !== 'sheet') return;
      const relation = relations.get(attribute(tag, 'id') ?? '');
      // Sheets that are charts have no cells.
      if (relation?.type !== 'worksheet') return;
      const hidden = /hidden/i.test(attribute(tag, 'state') ?? '');
      sheets.push({ name: attribute(tag, 'name') ?? '', hidden, path: relation.path });
    },
    text() {},
    close() {},
  });
  if (sheets.length === 0) throw new FormatError(name, 'has no sheet with cells');
  const styles = typed(relations, 'styles');
  const texts = typed(relations, 'sharedStrings');
  return {
    ...{ archive, sheets, from1904 },
    dates: styles && partOf(archive, styles) ? await readStyles(archive, styles) : [],
    ...(texts && partOf(archive, texts)
      ? await readStrings(archive, texts, options)
      : { strings: [], textBytes: 0 }),
  };
}
