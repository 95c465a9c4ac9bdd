/**
 * The registry of formats: how each is recognised, which options it takes, and which reader it has. Each reader is loaded
 * when it is first needed.
 */

import { FormatError, rangeError } from '../errors.ts';
import { advice, option, say } from '../messages.ts';
import type { Source } from '../types.ts';
import { type Bytes, extensionOf } from './bytes/bytes.ts';
import type { HttpOptions } from './bytes/http.ts';
import type { LimitOptions } from './bytes/limits.ts';
import type { TableOptions } from './chunks/columns.ts';
import { keepsMissing, type MissingOptions } from './chunks/missing-options.ts';
import type { Hdf5Options } from './hdf5/hdf5.ts';
import { openNpy } from './npy/npy.ts';
import type { NpzOptions } from './npz/npz.ts';
import type { CsvOptions } from './text/csv.ts';
import type { TrajectoryOptions } from './trajectories/frames.ts';
import type { XlsxOptions } from './xlsx/xlsx.ts';

/** Options of `open`. An option that belongs only to other formats than the input's is refused. */
export interface OpenOptions
  extends CsvOptions,
    TableOptions,
    Hdf5Options,
    NpzOptions,
    TrajectoryOptions,
    XlsxOptions,
    MissingOptions,
    HttpOptions,
    LimitOptions {
  /** The format, which is then not guessed; or a list of the formats that are allowed. */
  format?: Format | readonly Format[];
  /** Name for messages. Its extension is used for inputs that have no name. */
  name?: string;
  /** For a stream: its length in bytes (Content-Length), if known. It is then checked. */
  byteLength?: number;
}

/** Properties that every open file has. */
interface Opened extends Source {
  readonly name: string;
  /** The name of its entry below. */
  readonly format: string;
  /** A description in one line: `coppice info` and the page show it. */
  readonly summary: string;
}

/** An entry of the registry. */
interface FormatEntry<S extends Opened> {
  /** The usual name of the format first, then others. */
  title: string;
  /** The usual one first. */
  extensions: string[];
  /** The first bytes, one letter for each; or a function that examines more. If missing, the extension decides. */
  begins?: string[] | ((head: string, bytes: Bytes) => boolean | Promise<boolean>);
  /** Options of this format, besides COMMON. */
  options: string[];
  /** The reader needs random access, so a stream is refused. */
  anywhere?: boolean;
  /** The format is text: if lines are added while it is read, the last line may have been read incomplete. */
  text?: boolean;
  /** Loads the reader and opens the file. */
  open(bytes: Bytes, options: OpenOptions): Promise<S>;
}

const entry = <S extends Opened>(it: FormatEntry<S>): FormatEntry<S> => it;

/** Options that do not depend on the format. */
const COMMON = [
  'format',
  'name',
  'byteLength',
  'memoryLimit',
  'headers',
  'fetch',
  'timeout',
  'minBytesPerSecond',
  'signal',
  'onWarning',
];

/** Options of text tables: how they are written, and what a missing value is. */
const DIALECT = ['delimiter', 'comment', 'header', 'encoding', 'decimal', 'thousands'];
const MISSING = ['missing', 'missingValues'];

const TRAJECTORY = ['atoms', 'topology', 'nulls', 'onBadRow'];

/** The options of a reader of typed columns: a null is a missing value, which the step after the reader may handle. */
function withNulls(options: OpenOptions): OpenOptions {
  return keepsMissing(options) ? { ...options, nulls: options.nulls ?? 'nan' } : options;
}

/** HDF5 may begin after a user block of 512, 1024, 2048, ... bytes. */
async function isHdf5(head: string, bytes: Bytes): Promise<boolean> {
  const magic = '\x89HDF\r\n\x1a\n';
  if (head.startsWith(magic)) return true;
  // Over the network or in a stream each look costs time, so a user block is looked for only if the name allows HDF5.
  const dear = bytes.remote || bytes.sequential;
  if (dear && !['', ...FORMATS.hdf5.extensions, ...FORMATS.h5ad.extensions].includes(extensionOf(bytes.name)))
    return false;
  for (let at = 512; at + 8 <= bytes.byteLength && at <= (bytes.sequential ? 2 ** 17 : 2 ** 20); at *= 2) {
    if (asLatin1(await bytes.slice(at, at + 8)) === magic) return true;
  }
  return false;
}

async function isH5ad(head: string, bytes: Bytes): Promise<boolean> {
  return FORMATS.h5ad.extensions.includes(extensionOf(bytes.name)) && (await isHdf5(head, bytes));
}

const ZIP = 'PK\x03\x04';

/**
 * A zip archive of a kind: its extension says so, or a file in it. Bytes that come from front
 * to back only are not looked into, since the directory is at the end.
 */
async function isZipWith(
  head: string,
  bytes: Bytes,
  format: 'npz' | 'xlsx',
  isMember: (name: string) => boolean,
): Promise<boolean> {
  if (!head.startsWith(ZIP)) return false;
  if (FORMATS[format].extensions.includes(extensionOf(bytes.name))) return true;
  if (bytes.sequential) return false;
  const { openArchive } = await import('./zip/archive.ts');
  // A damaged archive is of no kind; the message about zip archives follows.
  const archive = await openArchive(bytes, {}).catch(() => undefined);
  return archive?.entries.some(({ name }) => isMember(name)) ?? false;
}

/** An Arrow file; or an Arrow stream, which begins with a marker and the length of its first message, below 1 MiB. */
function isArrow(head: string): boolean {
  return (
    head.startsWith('ARROW1') ||
    (head.startsWith('\xff\xff\xff\xff') && head.charCodeAt(6) < 16 && head.charCodeAt(7) === 0)
  );
}

/**
 * All formats, in the order in which they are tried. To add one, write a reader and an entry: `open`, its errors, the
 * help of the command line and the page's file dialogue take their lists from here.
 */
export const FORMATS = {
  npy: entry({
    title: 'NPY',
    extensions: ['npy'],
    begins: ['\x93NUMPY'],
    options: ['missing'],
    open: (bytes) => openNpy(bytes),
  }),
  npz: entry({
    title: 'NPZ',
    extensions: ['npz'],
    begins: (head, bytes) => isZipWith(head, bytes, 'npz', (name) => name.endsWith('.npy')),
    options: ['array', 'missing'],
    anywhere: true,
    open: async (bytes, options) => (await import('./npz/npz.ts')).openNpz(bytes, options),
  }),
  csv: entry({
    title: 'CSV, TSV',
    extensions: ['csv', 'tsv', 'tab'],
    text: true,
    options: [...DIALECT, ...MISSING, 'columns', 'idColumn', 'annotations', 'onBadRow', 'maxLineBytes'],
    open: async (bytes, options) => (await import('./text/csv.ts')).openCsv(bytes, options),
  }),
  gct: entry({
    title: 'GCT',
    extensions: ['gct'],
    begins: (head) => /^(\xef\xbb\xbf)?#1\.[23](\s*[\r\n]|\s+$)/.test(head),
    text: true,
    options: [...MISSING, 'columns', 'idColumn', 'annotations', 'onBadRow', 'maxLineBytes'],
    open: async (bytes, options) => (await import('./text/gct.ts')).openGct(bytes, options),
  }),
  xlsx: entry({
    title: 'Excel',
    extensions: ['xlsx', 'xlsm'],
    begins: (head, bytes) => isZipWith(head, bytes, 'xlsx', (name) => name === '[Content_Types].xml'),
    options: [...MISSING, 'sheet', 'header', 'columns', 'idColumn', 'annotations', 'onBadRow'],
    anywhere: true,
    open: async (bytes, options) => (await import('./xlsx/xlsx.ts')).openXlsx(bytes, options),
  }),
  jsonl: entry({
    title: 'JSON lines',
    extensions: ['jsonl', 'ndjson'],
    text: true,
    options: ['columns', 'idColumn', 'annotations', 'onBadRow', 'maxLineBytes', 'missing'],
    open: async (bytes, options) => (await import('./text/jsonl.ts')).openJsonl(bytes, options),
  }),
  parquet: entry({
    title: 'Parquet',
    extensions: ['parquet', 'parq', 'pq'],
    begins: ['PAR1', 'PARE'],
    options: ['columns', 'idColumn', 'annotations', 'nulls', 'missing'],
    anywhere: true,
    open: async (bytes, options) =>
      (await import('./parquet/parquet.ts')).openParquet(bytes, withNulls(options)),
  }),
  arrow: entry({
    title: 'Arrow, Feather',
    extensions: ['arrow', 'arrows', 'feather', 'ipc'],
    begins: isArrow,
    options: ['columns', 'idColumn', 'annotations', 'nulls', 'missing'],
    open: async (bytes, options) => (await import('./arrow/arrow.ts')).openArrow(bytes, withNulls(options)),
  }),
  h5ad: entry({
    title: 'AnnData',
    extensions: ['h5ad'],
    begins: isH5ad,
    options: ['dataset', 'columns', 'idColumn', 'annotations', 'missing'],
    open: async (bytes, options) => (await import('./hdf5/h5ad.ts')).openH5ad(bytes, options),
  }),
  hdf5: entry({
    title: 'HDF5',
    extensions: ['h5', 'hdf5', 'hdf'],
    begins: isHdf5,
    options: ['dataset', 'atoms', 'externalFiles', 'missing'],
    open: async (bytes, options) => (await import('./hdf5/hdf5.ts')).openHdf5(bytes, options),
  }),
  xtc: entry({
    title: 'XTC',
    extensions: ['xtc'],
    begins: ['\0\0\x07\xcb', '\0\0\x07\xe7'],
    options: TRAJECTORY,
    open: async (bytes, options) => (await import('./trajectories/xtc.ts')).openXtc(bytes, options),
  }),
  trr: entry({
    title: 'TRR',
    extensions: ['trr'],
    begins: ['\0\0\x07\xc9'],
    options: TRAJECTORY,
    open: async (bytes, options) => (await import('./trajectories/trr.ts')).openTrr(bytes, options),
  }),
  dcd: entry({
    title: 'DCD',
    extensions: ['dcd'],
    begins: ['', '\0\0\0\0'].flatMap((zeros) => [
      `T\0\0\0${zeros}CORD`,
      `T\0\0\0${zeros}VELD`,
      `${zeros}\0\0\0TCORD`,
      `${zeros}\0\0\0TVELD`,
    ]),
    options: TRAJECTORY,
    open: async (bytes, options) => (await import('./trajectories/dcd.ts')).openDcd(bytes, options),
  }),
  netcdf: entry({
    title: 'NetCDF',
    extensions: ['nc', 'ncdf', 'netcdf'],
    begins: ['CDF\x01', 'CDF\x02'],
    options: TRAJECTORY,
    open: async (bytes, options) => (await import('./trajectories/netcdf.ts')).openNetcdf(bytes, options),
  }),
};

/** Name of a format that `open` reads, as in `formats`. */
export type Format = keyof typeof FORMATS;

/** The source that a file is opened as, which depends on its format (`NpySource`, `CsvSource`, ...). */
export type FileSource = Awaited<ReturnType<(typeof FORMATS)[Format]['open']>>;

/** The registry as a list of names and entries. */
const BY_NAME = Object.entries(FORMATS) as [Format, FormatEntry<FileSource>][];

/**
 * The formats that `open` reads: the name of each (as in the option `format`), its usual names, its extensions without
 * a dot, and the options of `open` that only some formats take.
 *
 * @example
 * const accept = formats.flatMap(({ extensions }) => extensions.map((one) => `.${one}`)).join();
 */
export const formats: readonly {
  name: Format;
  title: string;
  extensions: readonly string[];
  options: readonly string[];
}[] = BY_NAME.map(([name, { title, extensions, options }]) => ({ name, title, extensions, options }));

/** Common formats that are not read, by their first bytes: the message names the format and what to do. */
const OTHERS: [magic: string, advice: string][] = [
  ['FEA1', 'is of Feather version 1, which is obsolete; write it again as version 2 or Parquet'],
  ['\x1f\x8b', 'is compressed twice; decompress it first'],
  ['\x28\xb5\x2f\xfd', 'is compressed twice; decompress it first'],
  [
    '\xd0\xcf\x11\xe0',
    'is a workbook of Excel before 2007 (.xls), or one with a password; save it as .xlsx without a password, or as CSV',
  ],
  ['BZh', 'is compressed with bzip2; decompress it first'],
  [
    'CDF\x05',
    'is of NetCDF 5 (64-bit data), which is not read; write it as NetCDF 3 (nccopy -k 64-bit-offset in out)',
  ],
  [ZIP, 'is a zip archive, and not recognised as NPZ or Excel; unpack it'],
];

function asLatin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}

/** Extensions of text of any kind. */
const TEXT = ['txt', 'text', 'dat', 'asc'];

/**
 * For inputs without an extension, or with one that says no more than text: JSON lines begin with a bracket, and a table has a
 * number in its first two lines. If it is said to be text, in its first lines, and spaces may separate its fields.
 */
async function detectText(bytes: Bytes, isText: boolean): Promise<Format | undefined> {
  const first = await bytes.slice(0, Math.min(65_536, bytes.byteLength));
  // UTF-16 begins with a mark. Only tables are read in this encoding.
  if ((first[0] ^ first[1]) === 1 && first[0] >= 0xfe) return 'csv';
  if (first.some((byte) => byte < 9 || (byte > 13 && byte < 32))) return undefined;
  const text = asLatin1(first)
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart();
  if (/^(\[\s*-?\d|\[\s*"|\{\s*")/.test(text)) return 'jsonl';
  const lines = text.split('\n', isText ? 64 : 2);
  const separators = isText ? /[,;|\t ]+/ : /[,;|\t]/;
  const numbers = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i;
  return lines.some((line) => line.split(separators).some((field) => numbers.test(field)))
    ? 'csv'
    : undefined;
}

/** Recognise the format of a file. @throws FormatError if no reader knows it */
export async function detect(bytes: Bytes): Promise<Format> {
  const first = await bytes.slice(0, Math.min(16, bytes.byteLength));
  const head = asLatin1(first);
  for (const [format, { begins }] of BY_NAME) {
    const known =
      typeof begins === 'function'
        ? await begins(head, bytes)
        : begins?.some((magic) => head.startsWith(magic));
    if (known) return format;
  }
  const other = OTHERS.find(([magic]) => head.startsWith(magic));
  if (other) throw new FormatError(bytes.name, other[1], { offset: 0 });
  const extension = extensionOf(bytes.name);
  if (extension === '' || TEXT.includes(extension)) {
    const format = await detectText(bytes, extension !== '');
    if (format) return format;
  }
  for (const [format, { extensions }] of BY_NAME) if (extensions.includes(extension)) return format;
  const hex = Array.from(first, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const text = head.replace(/[^\x20-\x7e]/g, '.');
  const known = formats.map(({ name, extensions }) => `${name} (.${extensions.join(', .')})`);
  throw new FormatError(
    bytes.name,
    say`is of an unknown format: it begins with ${hex} ("${text}")${extension === '' ? ' and has no extension' : ` and its extension is .${extension}`}; known are ${known.join(', ')}; where you know better, ${advice('pass-format', say`use ${option('format')}`)}`,
    { offset: 0, reason: 'UNKNOWN_FORMAT' },
  );
}

/**
 * Refuse options that would have no effect, such as `atoms` for a table or `delimiter` for a trajectory. If the caller
 * allows several formats, options of all of them are accepted.
 */
export function checkOptions(
  options: OpenOptions,
  format: Format,
  allowed: readonly Format[],
  name: string,
): void {
  const own = allowed.flatMap((one) => FORMATS[one].options);
  for (const [key, value] of Object.entries(options)) {
    if (value === undefined || COMMON.includes(key) || own.includes(key)) continue;
    const owners = BY_NAME.filter(([, reader]) => reader.options.includes(key));
    throw owners.length > 0
      ? rangeError(
          say`${option(key)}: is an option for ${owners.map(([owner]) => owner).join(', ')}, and ${name} is ${format}`,
          {
            option: key,
            reason: 'OTHER_FORMAT',
          },
        )
      : rangeError(
          say`${option(key)}: is not an option of open(); for ${format} there are ${[...COMMON, ...own].join(', ')}`,
          {
            option: key,
          },
        );
  }
}
