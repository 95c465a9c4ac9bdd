/**
 * AMBER's NetCDF trajectories: NetCDF 3, classic and with 64-bit offsets. The variable `coordinates` (frame, atom,
 * spatial) is read. All numbers are big-endian.
 *
 *     CDF 1 or 2 | records | dimensions | attributes | variables, each with the offset where it begins | data
 *
 * Variables whose first dimension is unlimited are stored record by record; a record is a frame.
 * Formats: https://ambermd.org/netcdf/nctraj.xhtml and
 * https://docs.unidata.ucar.edu/netcdf-c/current/file_format_specifications.html
 */

import { FormatError } from '../../errors.ts';
import { option, say } from '../../messages.ts';
import type { CoppiceWarning } from '../../types.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { type FrameFormat, frameError } from './frame-walk.ts';
import { openFrames, skipsBadFrames, type TrajectoryOptions, type TrajectorySource } from './frames.ts';

/** Each unit in nanometers. The factor of angstroms is in single precision, as in MDTraj. */
const UNITS: [names: RegExp, nanometers: number][] = [
  [/^(angstroms?|a|å)$/i, Math.fround(0.1)],
  [/^(nanometers?|nm)$/i, 1],
  [/^(picometers?|pm)$/i, 1e-3],
  [/^bohrs?$/i, 0.0529177210544],
];
/** Far longer than the header of a trajectory. */
const MOST_HEADER_BYTES = 2 ** 20;
/** Bytes of an element of each type, by the type's number. */
const TYPE_BYTES = [0, 1, 1, 2, 4, 4, 8];
const CHAR = 2;
const FLOAT = 5;
const DOUBLE = 6;
const [DIMENSIONS, VARIABLES, ATTRIBUTES] = [10, 11, 12];
/** A number of records that means: not known when the header was written. */
const STREAMING = 0xffffffff;

interface Variable {
  name: string;
  shape: { name: string; length: number }[];
  attributes: Map<string, string | number>;
  type: number;
  begin: number;
  /** Whether it has a part in every record. */
  isRecord: boolean;
  /** Bytes in the file, or in each record, rounded up to a multiple of 4. */
  bytes: number;
}

interface Header {
  version: number;
  records: number;
  attributes: Map<string, string | number>;
  variables: Variable[];
}

/** Reads the parts of the header one after another. */
class Cursor {
  #at = 0;
  readonly #view: DataView;

  readonly #name: string;
  readonly #bytes: Uint8Array;

  constructor(name: string, bytes: Uint8Array) {
    this.#name = name;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  fail(problem: string): FormatError {
    return new FormatError(this.#name, `the NetCDF header is damaged: ${problem}`, { offset: this.#at });
  }

  #step(length: number): number {
    const at = this.#at;
    if (at + length > this.#bytes.length)
      throw this.fail('it goes on beyond the end of the file, or for too long');
    this.#at += length;
    return at;
  }

  int(): number {
    return this.#view.getUint32(this.#step(4));
  }

  long(): number {
    return Number(this.#view.getBigUint64(this.#step(8)));
  }

  text(length: number): string {
    const at = this.#step(Math.ceil(length / 4) * 4);
    return new TextDecoder().decode(this.#bytes.slice(at, at + length));
  }

  /** Read a list after its tag. Each item takes some bytes, so the length of the header limits their number. */
  list<T>(tag: number, read: () => T): T[] {
    const found = this.int();
    const count = this.int();
    if (found !== tag && !(found === 0 && count === 0))
      throw this.fail(`a list is marked with ${found}, not ${tag}`);
    const list: T[] = [];
    for (let i = 0; i < count; i++) list.push(read());
    return list;
  }

  attributes(): Map<string, string | number> {
    return new Map(
      this.list(ATTRIBUTES, (): [string, string | number] => {
        const name = this.text(this.int());
        const type = this.int();
        const size = TYPE_BYTES[type];
        if (!size) throw this.fail(`an attribute is of type ${type}`);
        const count = this.int();
        if (type === CHAR) return [name, this.text(count)];
        const at = this.#step(Math.ceil((count * size) / 4) * 4);
        let value = Number.NaN;
        if (count > 0 && type === FLOAT) value = this.#view.getFloat32(at);
        else if (count > 0 && type === DOUBLE) value = this.#view.getFloat64(at);
        else if (count > 0 && size === 4) value = this.#view.getInt32(at);
        return [name, value];
      }),
    );
  }
}

async function readHeader(bytes: Bytes): Promise<Header> {
  const { name } = bytes;
  const start = await bytes.slice(0, Math.min(MOST_HEADER_BYTES, bytes.byteLength));
  const version = start[3];
  if (String.fromCharCode(...start.slice(0, 3)) !== 'CDF' || (version !== 1 && version !== 2)) {
    throw new FormatError(name, 'is not of NetCDF 3: it must begin with CDF and 1 or 2', { offset: 0 });
  }
  const cursor = new Cursor(name, start);
  cursor.int();
  const records = cursor.int();
  const dimensions = cursor.list(DIMENSIONS, () => ({
    name: cursor.text(cursor.int()),
    length: cursor.int(),
  }));
  const attributes = cursor.attributes();
  const variables = cursor.list(VARIABLES, (): Variable => {
    const own = cursor.text(cursor.int());
    const count = cursor.int();
    if (count > dimensions.length)
      throw cursor.fail(`${own} has ${count} dimensions of ${dimensions.length}`);
    const shape = Array.from({ length: count }, () => {
      const dimension = dimensions[cursor.int()];
      if (!dimension) throw cursor.fail(`${own} has a dimension that there is not`);
      return dimension;
    });
    const ownAttributes = cursor.attributes();
    const type = cursor.int();
    if (!TYPE_BYTES[type]) throw cursor.fail(`${own} is of type ${type}`);
    cursor.int(); // The size, which overflows for large variables; it is computed from the dimensions instead.
    const begin = version === 1 ? cursor.int() : cursor.long();
    const isRecord = shape[0]?.length === 0;
    const values = shape.slice(isRecord ? 1 : 0).reduce((product, { length }) => product * length, 1);
    const size = Math.ceil((values * TYPE_BYTES[type]) / 4) * 4;
    return { name: own, shape, attributes: ownAttributes, type, begin, isRecord, bytes: size };
  });
  return { version, records, attributes, variables };
}

function formatOf(bytes: Bytes, header: Header, skips: boolean): FrameFormat {
  const { name } = bytes;
  const { variables, version } = header;
  const found = variables.find((variable) => variable.name === 'coordinates');
  if (!found) {
    const names = variables.map((variable) => variable.name).join(', ');
    throw new FormatError(name, `has no variable "coordinates"; there ${names ? `are ${names}` : 'is none'}`);
  }
  const { shape, type, begin, isRecord, attributes } = found;
  const shown = shape.map((dimension) => `${dimension.name} ${dimension.length}`).join(', ');
  // A restart file holds one frame, without a dimension for it.
  const single = shape.length === 2;
  const [atomsOf, spatial] = shape.slice(single ? 0 : 1);
  if (shape.length < 2 || shape.length > 3 || spatial.length !== 3 || atomsOf.length < 1) {
    throw new FormatError(
      name,
      `coordinates are (${shown}); they must be (frame, atom, spatial 3), or (atom, spatial 3) of one frame`,
    );
  }
  if (type !== FLOAT && type !== DOUBLE) throw new FormatError(name, 'coordinates are not float or double');
  const units = String(attributes.get('units') ?? 'angstrom').trim();
  const unit = UNITS.find(([names]) => names.test(units))?.[1];
  if (unit === undefined) {
    throw new FormatError(
      name,
      `coordinates are in ${JSON.stringify(units)}; known are angstroms, nanometers, picometers and bohrs`,
    );
  }
  const numberOf = (attribute: string, otherwise: number): number => {
    const value = attributes.get(attribute) ?? otherwise;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw new FormatError(
      name,
      `coordinates have the ${attribute} ${JSON.stringify(value)}; it must be a number`,
    );
  };
  const factor = numberOf('scale_factor', 1) * unit;
  const plus = numberOf('add_offset', 0) * unit;

  const atoms = atomsOf.length;
  const size = TYPE_BYTES[type];
  const frameBytes = 3 * atoms * size;
  const inRecords = variables.filter((variable) => variable.isRecord);
  const apart = isRecord ? inRecords.reduce((sum, variable) => sum + variable.bytes, 0) : frameBytes;
  const end = (frames: number) => begin + (frames - 1) * apart + frameBytes;
  let rows: number | undefined = isRecord ? header.records : single ? 1 : shape[0].length;
  const unknown = isRecord && rows === STREAMING;
  let torn: FormatError | undefined;
  if (bytes.sequential && (unknown || skips)) {
    // The number of frames is known at the end of the stream.
    rows = undefined;
  } else {
    if (unknown)
      rows = Math.max(
        0,
        Math.ceil((bytes.byteLength - Math.min(...inRecords.map((one) => one.begin))) / apart),
      );
    if (rows > 0 && end(rows) > bytes.byteLength) {
      const whole = Math.max(0, Math.floor((bytes.byteLength - begin - frameBytes) / apart) + 1);
      const problem = say`the file ends before it does: ${rows} frames end at byte ${end(rows)}; ${option('onBadRow', 'skip')} reads those before it`;
      torn = frameError(name, whole, bytes.byteLength, problem);
      if (!skips || whole === 0) throw torn;
      rows = whole;
    }
  }
  const place = (index: number) => ({ index, offset: begin + index * apart, bytes: frameBytes });
  const title = attributes.get('title') ?? header.attributes.get('title');
  return {
    format: 'netcdf',
    atoms,
    first: begin,
    ...(rows === undefined ? { gapBytes: apart - frameBytes } : { rows, place }),
    most: unknown ? undefined : isRecord ? header.records : single ? 1 : shape[0].length,
    torn,
    headBytes: 1,
    measure: () => frameBytes,
    decode(view, _place, target, to, wanted) {
      const last = to + 3 * wanted;
      if (size === 4) for (let i = to; i < last; i++) target[i] = view.getFloat32(4 * (i - to)) * factor;
      else for (let i = to; i < last; i++) target[i] = Math.fround(view.getFloat64(8 * (i - to))) * factor;
      if (plus !== 0) for (let i = to; i < last; i++) target[i] += plus;
    },
    title: typeof title === 'string' && title.trim() !== '' ? title.trim() : undefined,
    units,
    summary: `NetCDF 3${single ? ', a restart' : ''}${version === 2 ? ', 64-bit offsets' : ''}${size === 8 ? ', double precision' : ''}`,
  };
}

/**
 * Read an AMBER NetCDF trajectory as rows of 3 * atoms numbers in nanometers, float32.
 *
 * Errors: `FormatError` if the header is damaged, has no variable `coordinates`, or claims more frames than there are.
 */
export async function openNetcdf(
  bytes: Bytes,
  options: TrajectoryOptions & { signal?: AbortSignal; onWarning?(warning: CoppiceWarning): void } = {},
): Promise<TrajectorySource> {
  return openFrames(bytes, formatOf(bytes, await readHeader(bytes), skipsBadFrames(options)), options);
}
