/** Finds out from the first lines of JSON lines which fields are read, and which one names the rows. */

import { FormatError, rangeError, warning } from '../../errors.ts';
import { advice, option, say } from '../../messages.ts';
import { checkColumn, checkColumnList } from '../../support/checks.ts';
import { quoted } from '../../support/text/quoted.ts';
import { chooseData, numberingColumns } from '../chunks/choose-data.ts';
import { type ColumnFacts, factsOf, isData, numbersRows, WIDE } from '../chunks/column-facts.ts';
import { indexColumns, indexWarning } from '../chunks/index-column.ts';
import { keepsMissing, type MissingOptions } from '../chunks/missing-options.ts';
import { type Warned, warnOf } from '../chunks/rows.ts';
import type { TextOptions } from './decode.ts';
import type { OnBadRow } from './rows.ts';

/** Options of `open` for JSON lines. */
export interface JsonlOptions extends TextOptions, Pick<MissingOptions, 'missing'> {
  /**
   * Fields to read, in this order: by index from 0, or by name if lines are objects. Default: the field that holds an array
   * of numbers in the first line (an embedding, also in OpenAI's base64); if no field does, all that hold numbers, without
   * the field of names and one that numbers the rows. What is left out is told in a warning.
   */
  columns?: readonly (string | number)[];
  /**
   * Field with names for the rows, text or numbers; each chunk has them as `ids`. Default: the first field with a
   * different text in each row, or else one of whole numbers that is named id, patient_id or the like.
   */
  idColumn?: string | number;
  /** Fields whose texts each chunk has as `annotations`, for example categories. Default: none. */
  annotations?: readonly (string | number)[];
  /**
   * What to do with a line that is not a valid row. Default 'error'. With 'skip' it is counted in `skippedRows` and
   * becomes a row of NaN, so that the other rows keep their row numbers. `twoPass`, `kmeans`, `assign` and batches leave
   * these rows out.
   */
  onBadRow?: OnBadRow;
}

/** A field that is read. */
export interface Field {
  key: string | number;
  /** Position in the first line, from 1. Error messages call it the column. */
  place: number;
  /** Length of its array of numbers; undefined if it is a single number. */
  width: number | undefined;
  /** Whether the array is float32 in base64. */
  packed?: boolean;
}

/** What is known before the rows are read. */
export interface Layout {
  /** Null and fields that are not there become NaN. */
  keepMissing: boolean;
  kind: 'an array' | 'an object';
  /** Length of a line that is an array. */
  length: number;
  /** The fields that are read; empty if whole arrays are read, which may be long. */
  fields: Field[];
  id: Field | undefined;
  /** Whether a line without a name is bad: if the caller chose the field. */
  needsNames: boolean;
  annotations: Field[];
  facts: ColumnFacts[];
}

export function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (value === null) return 'null';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string' ? 'text' : typeof value === 'boolean' ? 'true or false' : 'a number';
}

const isNumbers = (value: unknown) => Array.isArray(value) && value.every((one) => typeof one === 'number');

export function shown(value: unknown): string {
  let text: string;
  try {
    text = typeof value === 'string' ? value : JSON.stringify(value);
  } catch {
    // Nested too deeply for the engine.
    return kindOf(value);
  }
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}

/** Decode base64; undefined if the text is not base64. */
export function unpack(text: string): DataView | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
  return new DataView(bytes.buffer);
}

/** How many float32 a text holds in base64, as OpenAI writes embeddings; undefined if it is other text. */
function packedWidth(value: unknown): number | undefined {
  if (typeof value !== 'string' || value.length < 16) return undefined;
  const view = unpack(value);
  if (!view || view.byteLength % 4 !== 0) return undefined;
  for (let at = 0; at < view.byteLength; at += 4) {
    if (!Number.isFinite(view.getFloat32(at, true))) return undefined;
  }
  return view.byteLength / 4;
}

/** The text of a value, for names and annotations. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? shown(value) : String(value);
}

/** The facts about a field. @param values its values in the first lines */
function factsAbout(index: number, name: string | undefined, values: readonly unknown[]): ColumnFacts {
  const nested = values.find((one) => one !== null && one !== undefined);
  if (typeof nested === 'object') {
    const reason = isNumbers(nested)
      ? 'holds lists of numbers'
      : `holds ${kindOf(nested).replace('an ', '')}s`;
    return { index, name, type: 'text', role: 'text', reason, missing: 0, distinct: 0 };
  }
  const numbers = new Set(values.filter((one) => typeof one === 'number').map(String));
  return factsOf(index, name, values.map(textOf), {
    parse: (field) => (numbers.has(field) ? Number(field) : Number.NaN),
    isMissing: (field) => field === '',
  });
}

/** @param more the lines that follow */
export function layOut(
  file: string,
  value: unknown,
  more: readonly unknown[],
  line: number,
  options: JsonlOptions & Warned,
): Layout {
  const fail = (problem: string, column?: number): never => {
    throw new FormatError(file, problem, { line, column });
  };
  if (typeof value !== 'object' || value === null) {
    return fail(
      `the line is ${kindOf(value)}; allowed are an array of numbers and an object with fields of numbers`,
    );
  }
  const keepMissing = keepsMissing(options);
  const array = Array.isArray(value);
  const kind = array ? 'an array' : 'an object';
  if (array && isNumbers(value[0])) {
    fail('the line is an array of arrays; write a line for each row, with its numbers alone', 1);
  }
  const { columns, idColumn, annotations = [] } = options;
  const lines = [value, ...more] as (Record<string | number, unknown> | null)[];
  const isPlain = lines.every((one) => (one as unknown as unknown[])?.every?.((x) => typeof x === 'number'));
  if (array && columns === undefined && idColumn === undefined && annotations.length === 0 && isPlain) {
    if (value.length === 0) throw rangeError(say`${option('columns')}: none is left to read in ${file}`);
    const first = lines.map((one) => [String(one?.[0])]);
    for (const { column, name } of indexColumns(undefined, value.length > 1 ? [0, 1] : [0], first)) {
      warnOf(options, indexWarning(file, column, name));
    }
    const whole = { fields: [], id: undefined, needsNames: false, annotations: [], facts: [] };
    return { keepMissing, kind, length: value.length, ...whole };
  }
  const keys: (string | number)[] = array ? Array.from(value, (_, i) => i) : Object.keys(value);
  const names = keys.slice(0, 30).map((key) => quoted(key));
  const list = names.join(', ') + (keys.length > 30 ? `, and ${keys.length - 30} more` : '');
  const valueAt = (key: string | number) => (value as Record<string | number, unknown>)[key];
  const find = (argument: string, wanted: string | number): Field => {
    checkColumn(wanted, argument);
    const at = typeof wanted === 'number' ? wanted : array ? -1 : keys.indexOf(wanted);
    if (!(Number.isInteger(at) && at >= 0 && at < keys.length)) {
      const has = array ? `lines are arrays of ${keys.length}` : `its first line has ${list || 'none'}`;
      throw rangeError(say`${option(argument)}: ${file} has no field ${JSON.stringify(wanted)}; ${has}`);
    }
    const inside = valueAt(keys[at]);
    const packed = argument === 'columns' ? packedWidth(inside) : undefined;
    const width = Array.isArray(inside) ? inside.length : packed;
    return { key: keys[at], place: at + 1, width, packed: packed !== undefined };
  };
  const several = (argument: string, wanted: readonly (string | number)[]): Field[] => {
    checkColumnList(wanted, argument);
    const found = wanted.map((column) => find(argument, column));
    const twice = found.find(({ key }, i) => found.findIndex((other) => other.key === key) !== i);
    if (twice) throw rangeError(say`${option(argument)}: ${JSON.stringify(twice.key)} is listed twice`);
    return found;
  };
  const asked = idColumn === undefined ? undefined : find('idColumn', idColumn);
  const annotated = several('annotations', annotations);
  const known = new Map<number, ColumnFacts>();
  // Of wide lines the first alone says what a field holds.
  const examined = keys.length > WIDE ? lines.slice(0, 1) : lines;
  const factAt = (i: number): ColumnFacts => {
    const key = keys[i];
    const fact =
      known.get(i) ??
      factsAbout(
        i,
        array ? undefined : String(key),
        examined.map((one) => one?.[key]),
      );
    known.set(i, fact);
    return fact;
  };
  let id = asked;
  let fields: Field[];
  if (columns !== undefined) fields = several('columns', columns);
  else {
    const all = keys.map((_, i) => find('columns', i));
    const others = all.filter(({ key }) => key !== asked?.key && !annotated.some((one) => one.key === key));
    const chosen = chooseFields(others);
    fields = chosen.picked.map((i) => all[i]);
    id ??= all[chosen.id];
  }
  if (!fields.some(({ width }) => width !== 0))
    throw rangeError(say`${option('columns')}: none is left to read in ${file}`);
  return {
    ...{ keepMissing, kind, length: array ? keys.length : 0, fields, id },
    ...{ needsNames: asked !== undefined, annotations: annotated, facts: [...known.values()] },
  };

  /** The fields that are read by default, and the one that names the rows. */
  function chooseFields(all: Field[]): { picked: number[]; id: number } {
    const keysOf = (list: Field[]) => list.map(({ key }) => quoted(key)).join(', ');
    const at = ({ place }: Field) => place - 1;
    const vectors = array
      ? []
      : all.filter(
          ({ key, width, packed }) =>
            (width !== 0 && isNumbers(valueAt(key))) ||
            (packed && typeof key === 'string' && /embedding|vector/i.test(key)),
        );
    if (vectors.length > 1) {
      fail(
        `${keysOf(vectors.slice(0, 5))} hold arrays of numbers: say with columns which to read`,
        vectors[1].place,
      );
    }
    // How long the arrays are is not known, so the field must not be left out like text.
    const open = all.find((field) => {
      const next = lines.map((one) => one?.[field.key]).find((one) => one !== null && one !== undefined);
      return field.width === 0 || (valueAt(field.key) === null && isNumbers(next));
    });
    if (open && vectors.length === 0) {
      const what = open.width === 0 ? 'an empty array' : 'null';
      fail(`${quoted(open.key)} is ${what}: say with columns whether it is to be read`, open.place);
    }
    const isNumber = (field: Field) => isData(factAt(at(field))) || numbersRows(factAt(at(field)));
    const numbers = all.filter((field) => !vectors.includes(field) && isNumber(field));
    if (vectors.length === 1 && numbers.length > 0) {
      const [others, it] = numbers.length === 1 ? ['is', 'it'] : ['are', 'them'];
      const choose = advice('choose-it', say`choose with ${option('columns')}`);
      const message = say`${file}: ${keysOf(vectors)} holds the numbers of a row; ${keysOf(numbers.slice(0, 5))} ${others} left out; to read ${it}, ${choose}`;
      warnOf(options, warning('FIELDS_LEFT_OUT', message));
    }
    const read = (vectors.length === 1 ? vectors : numbers).map(at);
    return chooseData(
      file,
      {
        columns: all.filter((field) => vectors.length === 0 || !numbers.includes(field)).map(at),
        factAt,
        named: asked !== undefined,
        isRead: (i) => read.includes(i),
        numbering: (picked) =>
          array
            ? indexColumns(
                undefined,
                picked,
                examined.map((one) => [textOf(one?.[0])]),
              )
            : numberingColumns(picked, factAt),
        line,
      },
      options,
    );
  }
}
