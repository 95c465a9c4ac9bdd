/** `open`, for all formats: recognises the format by the first bytes, then by the name. */

import { asOurs, type ErrorFields, PlatformError, rangeError } from '../errors.ts';
import { INPUT, option, say } from '../messages.ts';
import { checkOneOf, wrongType } from '../support/checks.ts';
import type { CoppiceWarning, Source } from '../types.ts';
import type { Bytes, BytesInput } from './bytes/bytes.ts';
import { watch } from './bytes/changes.ts';
import { unpack } from './bytes/compressed.ts';
import { filesMatching, isPattern } from './bytes/glob.ts';
import { readerRoom } from './bytes/limits.ts';
import { openBytes } from './bytes/open.ts';
import { readMissing } from './chunks/missing-options.ts';
import { several } from './chunks/rows.ts';
import { checkOptions, detect, type FileSource, FORMATS, type OpenOptions } from './formats.ts';
import { concatSources, type ManySource } from './many.ts';

/** One file, or several: as a list, or as a pattern with `*`, `?`, `**`, `[a-z]` or `{a,b}`. */
export type OpenInput = BytesInput | readonly (BytesInput | Source)[];

/** The sources that `open` returns; `format` tells which one it is. */
export type OpenSource = FileSource | ManySource;

function isSource(input: unknown): input is Source {
  return (
    typeof input === 'object' && input !== null && typeof (input as Partial<Source>).chunks === 'function'
  );
}

/**
 * Open data as a source of rows. The format is recognised by the first bytes, then by the extension.
 *
 * `input` is a path, a URL (`file:`, `http(s):`), a Blob or File, bytes, a ByteSource, or a ReadableStream of bytes (the
 * body of a request; for a stream of Node `Readable.toWeb`). A stream can be read only once. A Source is returned as it
 * is.
 * From a web server only the bytes that are needed are requested. If the server does not answer range requests, there
 * is one warning (`HTTP_NO_RANGES`), and every pass reads the whole file as a stream.
 * Files that are compressed as a whole with gzip or zstd are decompressed while they are read, again for every pass.
 * A list of inputs, or a path with wildcards, is one source of all their rows in order. Files that match a pattern are
 * sorted naturally (`file2` before `file10`).
 * Errors: `FormatError` when the file is damaged or of an unknown format; `RangeError` when it cannot be read or an
 * option does not apply to it; `TypeError` for other inputs.
 *
 * @example
 * const source = await open('points.npy');
 * for await (const { start, data, rows } of source.chunks({ chunkRows: 1000 })) { ... }
 */
export async function open<S extends Source>(input: S, options?: OpenOptions): Promise<S>;
export async function open(
  input: readonly (BytesInput | Source)[],
  options?: OpenOptions,
): Promise<ManySource>;
export async function open(input: OpenInput, options?: OpenOptions): Promise<OpenSource>;
export async function open(input: OpenInput | Source, options?: OpenOptions): Promise<OpenSource | Source>;
export async function open(
  input: OpenInput | Source,
  options: OpenOptions = {},
): Promise<OpenSource | Source> {
  if (isSource(input)) return input;
  if (typeof options !== 'object' || options === null) throw wrongType('options', 'an object', options);
  readerRoom(options);
  const wrong = [options.format ?? []].flat().find((format) => !Object.hasOwn(FORMATS, format));
  if (wrong !== undefined) checkOneOf(wrong, 'format', Object.keys(FORMATS));
  const missing = readMissing(options);
  let source: OpenSource;
  try {
    if (Array.isArray(input)) source = await openMany(input as readonly (BytesInput | Source)[], options);
    else if (await isPattern(input)) source = await openMany([input as string], options);
    else source = await openFile(input as BytesInput, options);
  } catch (error) {
    // Data of another library, not a file.
    const foreign = error instanceof TypeError && (error as ErrorFields).option === 'input';
    throw foreign ? (await import('../support/conversions.ts')).withConversion(error, input) : error;
  }
  if (missing === 'refuse' || missing === 'keep') return source;
  try {
    return await (await import('./missing.ts')).withMissing(source, missing, options);
  } catch (error) {
    await source.close?.();
    throw error;
  }
}

async function openFile(input: BytesInput, options: OpenOptions): Promise<FileSource> {
  let file: Bytes | undefined;
  try {
    file = await openBytes(input, options.name, options);
    const bytes = await unpack(file, options);
    const source = await openBy(bytes, options);
    if (bytes.heldBytes) {
      Object.assign(source, { overheadBytes: (source.overheadBytes ?? 0) + bytes.heldBytes });
    }
    const { text = false } = FORMATS[source.format];
    if (text || bytes.sequential) Object.assign(source, { sequential: true });
    return watch(source, file, { text, onWarning: options.onWarning });
  } catch (error) {
    // A stream cannot be used any more. It is closed because its producer may be waiting for a reader.
    if (file?.once) await file.close();
    throw asOurs(error, file?.name ?? options.name);
  }
}

async function openBy(bytes: Bytes, options: OpenOptions): Promise<FileSource> {
  const release = bytes.hold();
  try {
    const { format: asked } = options;
    const format = typeof asked === 'string' ? asked : await detect(bytes);
    if (typeof asked === 'object' && !asked.includes(format)) {
      throw rangeError(
        say`${option('format')}: ${bytes.name} is ${format}; allowed here are ${asked.join(', ')}`,
      );
    }
    checkOptions(options, format, typeof asked === 'object' ? asked : [format], bytes.name);
    if (bytes.sequential && FORMATS[format].anywhere) {
      throw new PlatformError(
        `${bytes.name}: ${format} is read from many places of a file, and this one comes from front to back only (it ` +
          'is a stream or compressed as a whole, or its server does not answer range requests); decompress or ' +
          'download it first',
      );
    }
    return await FORMATS[format].open(bytes, options);
  } finally {
    await release();
  }
}

async function openMany(inputs: readonly (BytesInput | Source)[], options: OpenOptions): Promise<ManySource> {
  if (inputs.length === 0) throw rangeError(say`${INPUT}the list of files is empty`);
  const list = inputs.findIndex((input) => Array.isArray(input));
  if (list >= 0) {
    throw wrongType(`input[${list}]`, 'a file', inputs[list], 'numbers go to fromArray()');
  }
  const files: (BytesInput | Source)[] = [];
  for (const input of inputs) {
    if (await isPattern(input)) files.push(...(await filesMatching(input as string)));
    else files.push(input);
  }
  const warned = new Set<string>();
  // What is the same in several files is said once.
  const warnOf =
    (file: unknown) =>
    (warning: CoppiceWarning): void => {
      const { code, message } = warning;
      const said = `${code} ${typeof file === 'string' ? message.replaceAll(file, '') : message}`;
      if (warned.has(said)) return;
      warned.add(said);
      if (options.onWarning) options.onWarning(warning);
      else console.warn(message);
    };
  const sources = new Array<Source>(files.length);
  const close = async () => {
    for (const source of sources) await source?.close?.();
  };
  try {
    await several(files.length, async (i) => {
      const file = files[i];
      sources[i] = isSource(file)
        ? file
        : await openFile(file, { ...options, name: undefined, onWarning: warnOf(file) });
    });
    const what = typeof inputs[0] === 'string' && inputs.length === 1 ? inputs[0] : sources[0].name;
    const more = inputs.length === 1 ? '' : ' and others';
    const name = options.name ?? `${what ?? 'sources'}${more} (${sources.length} files)`;
    return concatSources(sources, name);
  } catch (error) {
    await close();
    throw error;
  }
}
