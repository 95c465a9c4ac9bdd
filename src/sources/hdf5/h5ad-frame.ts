/** The tables `obs` and `var` of an AnnData file: names of rows, and columns with categories. */

import { FormatError, rangeError } from '../../errors.ts';
import { option, say } from '../../messages.ts';
import { shown } from '../chunks/columns.ts';
import type { H5File } from './file.ts';
import { Texts } from './texts.ts';

/** Categories of rows: the index of each row's category, -1 if it has none. */
export interface Annotation {
  codes: Int32Array;
  categories: string[];
}

/** Texts of rows, which become strings when they are asked for; `free` says that nobody does any more. */
export interface RowTexts {
  list(): string[];
  free?(): void;
}

/** Reads texts of the rows `start`, `start + step`, ... */
export type NamesAt = (start: number, count: number, step: number) => Promise<RowTexts>;

/** Texts are read in blocks of this many. */
const BLOCK = 4096;
/** Most categories of a column. More are names, not categories. */
const MOST_CATEGORIES = 1_000_000;

/** A list of texts in a file: a dataset, or a field of its records. */
interface TextList {
  path: string;
  member: string | undefined;
  length: number;
}

/** A table of the file. Since version 0.7 it is a group with a dataset for each column, before a dataset of records. */
export class H5adFrame {
  readonly #file: H5File;
  readonly #path: string;
  readonly #index: TextList;
  /** Names of what is in the group; undefined for records. */
  readonly #children: readonly string[] | undefined;

  private constructor(file: H5File, path: string, index: TextList, children: readonly string[] | undefined) {
    this.#file = file;
    this.#path = path;
    this.#index = index;
    this.#children = children;
  }

  get length(): number {
    return this.#index.length;
  }

  /** The name of the index, the column with the names of rows: `_index` if it has no name of its own. */
  get indexName(): string {
    const { path, member } = this.#index;
    return member ?? path.slice(this.#path.length + 1).replace(/\/values$/, '');
  }

  /** The table of this path; `undefined` if there is none, or it has no names of rows. */
  static async open(file: H5File, path: string): Promise<H5adFrame | undefined> {
    const children = await file.children(path);
    if (!children) {
      const info = await file.dataset(path);
      if (info?.shape.length !== 1) return undefined;
      for (const member of ['index', '_index']) {
        if (info.shape[0] > 0 && (await file.texts(path, { offset: 0, count: 1, step: 1 }, member))) {
          return new H5adFrame(file, path, { path, member, length: info.shape[0] }, undefined);
        }
      }
      return undefined;
    }
    const named = await file.text(path, '_index');
    const name = named ?? ['_index', 'index'].find((one) => children.includes(one));
    const index = name === undefined ? undefined : await findTexts(file, `${path}/${name}`);
    return index && new H5adFrame(file, path, index, children);
  }

  /** A function that reads names of rows: of the index, or of a column with texts or categories. */
  async names(file: string, column: string | undefined, argument = 'idColumn'): Promise<NamesAt> {
    if (column === undefined || column === this.indexName) return this.#textsAt(this.#index);
    const found = this.#children?.includes(column)
      ? await findTexts(this.#file, `${this.#path}/${column}`)
      : undefined;
    if (found) return this.#textsAt(found);
    if (!(await this.categorical()).includes(column)) {
      const all = (this.#children ?? []).filter((child) => !child.startsWith('__'));
      throw rangeError(
        say`${option(argument)}: ${this.#path} of ${file} has no column ${JSON.stringify(column)} of text or categories; it has ${shown(all) || 'records only'}`,
      );
    }
    const { codes, categories } = await this.annotation(file, column);
    return async (start, count, step) => ({
      list: () => Array.from({ length: count }, (_, i) => categories[codes[start + i * step]] ?? ''),
    });
  }

  #textsAt({ path, member }: TextList): NamesAt {
    return async (start, count, step) => {
      const texts = new Texts();
      for (let done = 0; done < count; done += BLOCK) {
        const slab = { offset: start + done * step, count: Math.min(BLOCK, count - done), step };
        const part = await this.#file.texts(path, slab, member);
        if (part) texts.add(part);
      }
      return texts;
    };
  }

  allNames(): Promise<RowTexts> {
    return this.#textsAt(this.#index)(0, this.length, 1);
  }

  /** The groups or datasets of a column with categories: of versions since 0.8, of 0.7. */
  async #places(column: string): Promise<{ codes: string; categories: string } | undefined> {
    const path = `${this.#path}/${column}`;
    const within = await this.#file.children(path, 10);
    if (within?.includes('codes') && within.includes('categories')) {
      return { codes: `${path}/codes`, categories: `${path}/categories` };
    }
    const old = `${this.#path}/__categories/${column}`;
    return !within && (await this.#file.dataset(old)) ? { codes: path, categories: old } : undefined;
  }

  /** Names of the columns with categories. */
  async categorical(): Promise<string[]> {
    const found: string[] = [];
    for (const column of this.#children ?? []) {
      if (!column.startsWith('__') && (await this.#places(column))) found.push(column);
    }
    return found;
  }

  async annotation(file: string, column: string): Promise<Annotation> {
    const place = (await this.#places(column))!;
    const wrong = (why: string) => new FormatError(file, `${this.#path}/${column} is damaged: ${why}`);
    const info = await this.#file.dataset(place.codes);
    const names = await this.#file.dataset(place.categories);
    if (info?.dtype === undefined || info.shape.length !== 1 || info.shape[0] !== this.length) {
      throw wrong(`it does not have ${this.length} codes`);
    }
    if (names?.shape.length !== 1 || names.shape[0] > MOST_CATEGORIES)
      throw wrong('its categories are no list');
    const list = { path: place.categories, member: undefined, length: names.shape[0] };
    const categories =
      names.dtype === undefined
        ? (await this.#textsAt(list)(0, list.length, 1)).list()
        : Array.from(await this.#numbers(place.categories, list.length), String);
    if (categories.length !== list.length) throw wrong('its categories are neither texts nor numbers');
    const codes = Int32Array.from(await this.#numbers(place.codes, this.length));
    const bad = codes.findIndex((code) => code < -1 || code >= categories.length);
    if (bad >= 0) throw wrong(`row ${bad} has category ${codes[bad]} of ${categories.length}`);
    return { codes, categories };
  }

  async #numbers(path: string, length: number): Promise<ArrayLike<number>> {
    if (length === 0) return [];
    return this.#file.read(path, { offset: [0], count: [length], step: 1 }, undefined, 16 * length);
  }
}

/** Texts of a dataset, or of a group with `values` and a mask (texts that may be missing, since version 0.11). */
async function findTexts(file: H5File, path: string): Promise<TextList | undefined> {
  const place = (await file.children(path, 10))?.includes('values') ? `${path}/values` : path;
  const info = await file.dataset(place);
  if (info?.shape.length !== 1 || info.dtype !== undefined) return undefined;
  const [length] = info.shape;
  if (length > 0 && !(await file.texts(place, { offset: 0, count: 1, step: 1 }))) return undefined;
  return { path: place, member: undefined, length };
}
