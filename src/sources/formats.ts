/** The registry of formats: how each is recognised, which options it takes, and what reads it. A reader is loaded when it is first needed. */
import { FormatError, rangeError } from '../errors.ts';
import type { Source } from '../types.ts';
import type { ArrowSource } from './arrow/arrow.ts';
import { type Bytes, extensionOf } from './bytes/bytes.ts';
import type { HttpOptions } from './bytes/http.ts';
import type { LimitOptions } from './bytes/limits.ts';
import type { TableOptions } from './chunks/columns.ts';
import type { Hdf5Options, Hdf5Source } from './hdf5/hdf5.ts';
import { type NpySource, openNpy } from './npy/npy.ts';
import type { ParquetSource } from './parquet/parquet.ts';
import type { CsvOptions, CsvSource } from './text/csv.ts';
import type { JsonlSource } from './text/jsonl.ts';
import type { TrajectoryFormat } from './trajectories/frame-walk.ts';
import type { TrajectoryOptions, TrajectorySource } from './trajectories/frames.ts';

/** Formats that `open` reads. */
export type Format = 'npy' | 'csv' | 'jsonl' | 'parquet' | 'arrow' | 'hdf5' | TrajectoryFormat;

/** Options of `open`. Those of another format than the input's are refused. */
export interface OpenOptions
  extends CsvOptions,
    TableOptions,
    Hdf5Options,
    TrajectoryOptions,
    HttpOptions,
    LimitOptions {
  /** Skip the guessing; or, as a list, refuse what is none of these. */
  format?: Format | readonly Format[];
  /** For messages, and for the extension of inputs that have no name. */
  name?: string;
  /** Of a stream: how many bytes will come (Content-Length), where that is known. It is then checked. */
  byteLength?: number;
}

/** What a file is opened as. */
export type FileSource =
  | NpySource
  | CsvSource
  | JsonlSource
  | ParquetSource
  | ArrowSource
  | Hdf5Source
  | TrajectorySource;

interface Reader {
  extensions: string[];
  /** Its own options. */
  options: string[];
  /** It is read from anywhere, so a stream is of no use. */
  anywhere?: boolean;
  open(bytes: Bytes, options: OpenOptions): Promise<FileSource>;
}

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

const TRAJECTORY = ['atoms', 'topology', 'nulls', 'onBadRow'];

/** Open a table without the column that numbers its rows. */
async function withoutIndex<S extends Source & { columns: readonly string[] }>(
  open: (bytes: Bytes, options: OpenOptions) => Promise<S>,
  bytes: Bytes,
  options: OpenOptions,
): Promise<S> {
  return (await import('./leave-index.ts')).leaveIndex(open, bytes, options);
}

/** They come on first use, but for the smallest. */
export const READERS: Record<Format, Reader> = {
  npy: { extensions: ['npy'], options: [], open: (bytes) => openNpy(bytes) },
  csv: {
    extensions: ['csv', 'tsv', 'tab'],
    options: ['delimiter', 'comment', 'header', 'columns', 'idColumn', 'onBadRow', 'maxLineBytes'],
    open: async (bytes, options) => (await import('./text/csv.ts')).openCsv(bytes, options),
  },
  jsonl: {
    extensions: ['jsonl', 'ndjson'],
    options: ['columns', 'idColumn', 'onBadRow', 'maxLineBytes'],
    open: async (bytes, options) => (await import('./text/jsonl.ts')).openJsonl(bytes, options),
  },
  parquet: {
    extensions: ['parquet', 'parq', 'pq'],
    options: ['columns', 'idColumn', 'nulls'],
    anywhere: true,
    open: async (bytes, options) =>
      withoutIndex((await import('./parquet/parquet.ts')).openParquet, bytes, options),
  },
  arrow: {
    extensions: ['arrow', 'arrows', 'feather', 'ipc'],
    options: ['columns', 'idColumn', 'nulls'],
    open: async (bytes, options) =>
      withoutIndex((await import('./arrow/arrow.ts')).openArrow, bytes, options),
  },
  hdf5: {
    extensions: ['h5', 'hdf5', 'hdf'],
    options: ['dataset', 'atoms', 'externalFiles'],
    open: async (bytes, options) => (await import('./hdf5/hdf5.ts')).openHdf5(bytes, options),
  },
  xtc: {
    extensions: ['xtc'],
    options: TRAJECTORY,
    open: async (bytes, options) => (await import('./trajectories/xtc.ts')).openXtc(bytes, options),
  },
  trr: {
    extensions: ['trr'],
    options: TRAJECTORY,
    open: async (bytes, options) => (await import('./trajectories/trr.ts')).openTrr(bytes, options),
  },
  dcd: {
    extensions: ['dcd'],
    options: TRAJECTORY,
    open: async (bytes, options) => (await import('./trajectories/dcd.ts')).openDcd(bytes, options),
  },
  netcdf: {
    extensions: ['nc', 'ncdf', 'netcdf'],
    options: TRAJECTORY,
    open: async (bytes, options) => (await import('./trajectories/netcdf.ts')).openNetcdf(bytes, options),
  },
};

/** How trajectories begin. */
const TRAJECTORIES: [magic: string, format: TrajectoryFormat][] = [
  ['\0\0\x07\xcb', 'xtc'],
  ['\0\0\x07\xe7', 'xtc'],
  ['\0\0\x07\xc9', 'trr'],
  ['T\0\0\0CORD', 'dcd'],
  ['T\0\0\0VELD', 'dcd'],
  ['T\0\0\0\0\0\0\0CORD', 'dcd'],
  ['\0\0\0TCORD', 'dcd'],
  ['\0\0\0TVELD', 'dcd'],
  ['\0\0\0\0\0\0\0TCORD', 'dcd'],
  ['CDF\x01', 'netcdf'],
  ['CDF\x02', 'netcdf'],
];

const HDF5_MAGIC = '\x89HDF\r\n\x1a\n';

/** What begins otherwise than the formats that are read, and is often met: say its name and what to do. */
const OTHERS: [magic: string, advice: string][] = [
  ['FEA1', 'is of Feather version 1, which nothing writes any more; write it again as version 2 or Parquet'],
  ['\x1f\x8b', 'is compressed twice; decompress it first'],
  ['\x28\xb5\x2f\xfd', 'is compressed twice; decompress it first'],
  ['BZh', 'is compressed with bzip2; decompress it first'],
  [
    'CDF\x05',
    'is of NetCDF 5 (64-bit data), which is not read; write it as NetCDF 3 (nccopy -k 64-bit-offset in out)',
  ],
  ['PK\x03\x04', 'is a zip archive (an NPZ file is one too); unpack it and pass one NPY file'],
];

function asLatin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}

/** HDF5 may begin after a user block of 512, 1024, 2048, ... bytes. */
async function isHdf5(bytes: Bytes, head: string): Promise<boolean> {
  if (head.startsWith(HDF5_MAGIC)) return true;
  // Far away, or in a stream, looking around is dear; there the name must say so.
  const dear = bytes.remote || bytes.sequential;
  if (dear && !['', ...READERS.hdf5.extensions].includes(extensionOf(bytes.name))) return false;
  for (let at = 512; at + 8 <= bytes.byteLength && at <= (bytes.sequential ? 2 ** 17 : 2 ** 20); at *= 2) {
    if (asLatin1(await bytes.slice(at, at + 8)) === HDF5_MAGIC) return true;
  }
  return false;
}

/** Of what has no extension: JSON lines by their first bracket, a table by the numbers in its first two lines. */
async function detectText(bytes: Bytes): Promise<Format | undefined> {
  const first = await bytes.slice(0, Math.min(65_536, bytes.byteLength));
  if (first.some((byte) => byte < 9 || (byte > 13 && byte < 32))) return undefined;
  const text = asLatin1(first)
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart();
  if (/^(\[\s*-?\d|\[\s*"|\{\s*")/.test(text)) return 'jsonl';
  const lines = text.split('\n', 2);
  const numbers = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i;
  return lines.some((line) => line.split(/[,;|\t]/).some((field) => numbers.test(field))) ? 'csv' : undefined;
}

export async function detect(bytes: Bytes): Promise<Format> {
  const first = await bytes.slice(0, Math.min(16, bytes.byteLength));
  const head = asLatin1(first);
  if (head.startsWith('\x93NUMPY')) return 'npy';
  if (head.startsWith('PAR1') || head.startsWith('PARE')) return 'parquet';
  // A stream begins with a marker and the length of its first message, which is no more than some megabytes.
  const isStream = head.startsWith('\xff\xff\xff\xff') && first[6] < 16 && first[7] === 0;
  if (head.startsWith('ARROW1') || isStream) return 'arrow';
  if (await isHdf5(bytes, head)) return 'hdf5';
  const trajectory = TRAJECTORIES.find(([magic]) => head.startsWith(magic));
  if (trajectory) return trajectory[1];
  const other = OTHERS.find(([magic]) => head.startsWith(magic));
  if (other) throw new FormatError(bytes.name, other[1], { offset: 0 });
  const extension = extensionOf(bytes.name);
  if (extension === '') {
    const format = await detectText(bytes);
    if (format) return format;
  }
  for (const [format, reader] of Object.entries(READERS)) {
    if (reader.extensions.includes(extension)) return format as Format;
  }
  const hex = Array.from(first, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const text = head.replace(/[^\x20-\x7e]/g, '.');
  const known = Object.entries(READERS).map(
    ([format, { extensions }]) => `${format} (.${extensions.join(', .')})`,
  );
  throw new FormatError(
    bytes.name,
    `is of an unknown format: it begins with ${hex} ("${text}")` +
      `${extension === '' ? ' and has no extension' : ` and its extension is .${extension}`}; ` +
      `known are ${known.join(', ')}; where you know better, pass {format}`,
    { offset: 0 },
  );
}

/**
 * An option that does nothing would be a silent mistake: `atoms` for a table, `delimiter` for a trajectory. But who
 * allows several formats has options for each.
 */
export function checkOptions(
  options: OpenOptions,
  format: Format,
  allowed: readonly Format[],
  name: string,
): void {
  const own = allowed.flatMap((one) => READERS[one].options);
  for (const [key, value] of Object.entries(options)) {
    if (value === undefined || COMMON.includes(key) || own.includes(key)) continue;
    const owners = Object.entries(READERS).filter(([, reader]) => reader.options.includes(key));
    throw rangeError(
      owners.length > 0
        ? `${key}: is an option for ${owners.map(([owner]) => owner).join(', ')}, and ${name} is ${format}`
        : `${key}: is not an option of open(); for ${format} there are ${[...COMMON, ...own].join(', ')}`,
    );
  }
}
