/** Edits of text in lines and fields: tables, JSON lines, sequences. */

import { joined } from '../mutate.mjs';

const FIELDS = [
  '',
  ' ',
  '1e999',
  '-1e999',
  '1e-999',
  '9'.repeat(400),
  '0.' + '0'.repeat(400) + '1',
  '00012',
  '+7',
  '-0',
  '.5',
  '5.',
  '1e',
  '0x1F',
  '0b1',
  '1_000',
  '1,000',
  "1'000",
  '3,5',
  'NaN',
  'nan',
  '-nan',
  'NA',
  'N/A',
  '#N/A',
  'null',
  'None',
  'inf',
  'Infinity',
  '-∞',
  'true',
  '\u0661\u0662\u0663', // Arabic digits
  '\uff11\uff12', // full-width digits
  '\u2212' + '5', // a minus that is none
  '\u00a05',
  '5\u200b',
  '2024-01-31',
  '12:30',
  '50%',
  '=1+1',
  '"',
  '""',
  '"5"',
  '"5',
  '5"',
  '"5"6',
  '" 5 "',
  '"a,b"',
  '"a\nb"',
  '"a""b"',
  '[1,2]',
  '{"a":1}',
  '\\N',
  '\0',
  '\u001b[31m',
];

const BYTES = [
  [0xff],
  [0x80],
  [0xc0, 0x80],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xe2, 0x82],
  [0xef, 0xbb, 0xbf],
  [0xff, 0xfe],
  [0xe2, 0x80, 0xa8],
  [0xc2, 0x85],
  [0x0b],
  [0x1a],
];
const ENDS = ['\n', '\r\n', '\r', '\n\n', '\r\n\r\n', '', '\n\r', ' \n', '\v', '\u2028'];
const SEPARATORS = [',', ';', '\t', '|', ' ', ', ', ',,', ''];
const SEPARATOR = /[,;\t|]/;

/** Change lines; each has its end with it. Bytes that are no text stay as they are. */
const edit = (change) => (bytes, random) => {
  const lines = Buffer.from(bytes)
    .toString('latin1')
    .split(/(?<=\n)/);
  change(lines, random.below(lines.length), random);
  return new Uint8Array(Buffer.from(lines.join(''), 'latin1'));
};
/** Text as bytes in the letters of `edit`. */
const raw = (text) => Buffer.from(text).toString('latin1');

/** Where a field of a line is. */
function fieldIn(line, random) {
  const parts = [...line.matchAll(/[^,;\t|\r\n:[\]{}]+/g)];
  const one = parts.length > 0 ? random.pick(parts) : { index: 0, 0: '' };
  return [one.index, one.index + one[0].length];
}

function withField(lines, i, random, change) {
  const line = lines[i] ?? '';
  const [from, to] = fieldIn(line, random);
  lines[i] = line.slice(0, from) + change(line.slice(from, to)) + line.slice(to);
}

export const TEXT_EDITS = {
  field: edit((lines, i, random) => withField(lines, i, random, () => raw(random.pick(FIELDS)))),
  quoted: edit((lines, i, random) =>
    withField(lines, i, random, (field) => {
      const inner = random.pick([field, `${field},1`, `${field}\n`, `${field}""`, field.replaceAll('"', '')]);
      return random.pick([`"${inner}"`, `"${inner}`, `${inner}"`, ` "${inner}"`, `"${inner}" `]);
    }),
  ),
  long: edit((lines, i, random) =>
    withField(lines, i, random, (field) =>
      (field || 'x').padEnd(random.pick([100, 4000, 70_000]), field || 'x'),
    ),
  ),
  /** Line ends, of one line or of all. */
  ends: edit((lines, i, random) => {
    const end = raw(random.pick(ENDS));
    const change = (line) => line.replace(/\r?\n$/, '') + end;
    if (random.oneIn(2)) lines[i] = change(lines[i]);
    else lines.splice(0, lines.length, ...lines.map(change));
  }),
  /** A line less, twice, in another's place, blank, or a comment. */
  line: edit((lines, i, random) => {
    const j = random.below(lines.length);
    const kind = random.below(5);
    if (kind === 0) lines.splice(i, 1);
    else if (kind === 1) lines.splice(i, 0, lines[j]);
    else if (kind === 2) [lines[i], lines[j]] = [lines[j], lines[i]];
    else
      lines.splice(
        i,
        0,
        random.pick(['\n', ' \n', '\t\t\n', ',,\n', '# note\n', '#\n', '{}\n', '[]\n', '""\n']),
      );
  }),
  separators: edit((lines, i, random) => {
    const to = random.pick(SEPARATORS);
    const change = (line) => line.replaceAll(new RegExp(SEPARATOR, 'g'), to);
    if (random.oneIn(3)) lines.splice(0, lines.length, ...lines.map(change));
    else lines[i] = random.oneIn(2) ? change(lines[i]) : lines[i].replace(SEPARATOR, to);
  }),
  /** A field less or more at the end of a line. */
  ragged: edit((lines, i, random) => {
    const line = lines[i].replace(/\r?\n$/, '');
    const cut = line.slice(0, Math.max(0, line.search(/[,;\t|][^,;\t|]*$/)));
    lines[i] = `${random.pick([cut, `${line},`, `${line},5`, `${line};;`, `${line}\t5`])}\n`;
  }),
  /** Bytes that are no UTF-8, marks of byte order, line ends of Unicode. */
  bytes(bytes, random) {
    const at = random.oneIn(4) ? 0 : random.below(bytes.length + 1);
    return joined(bytes.subarray(0, at), Uint8Array.from(random.pick(BYTES)), bytes.subarray(at));
  },
};

/**
 * The rows of a table without quotes, as anyone would read them: undefined where that is not plain.
 * @param cols how many numbers a row has
 */
export function plainRows(bytes, separator, cols) {
  let text;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
  // An apostrophe or a comma may separate thousands.
  if (separator !== ',' && /\d,\d{3}/.test(text)) return undefined;
  if (/["#\0']/.test(text)) return undefined;
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  const rows = lines.filter((line) => line.trim() !== '').map((line) => line.split(separator));
  if (rows.some((fields) => fields.length !== cols)) return undefined;
  return rows.map((fields) =>
    fields.map((field) => (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(field.trim()) ? Number(field) : NaN)),
  );
}
