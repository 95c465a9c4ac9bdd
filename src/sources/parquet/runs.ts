/**
 * Checks the runs of a Parquet page before hyparquet decodes them. A run of a few bytes can claim a billion values, and
 * hyparquet writes them all to an array, even if they are more than the values of the page. One damaged byte could end
 * the process.
 * Format: https://parquet.apache.org/docs/file-format/data-pages/encodings/#RLE
 */

import type { ColumnDecoder, PageHeader } from 'hyparquet/src/types.js';

/** Number of bits for levels up to `most`. */
function widthOf(most: number): number {
  return 32 - Math.clz32(most);
}

/** Check the runs from `at` on, up to `count` values or the end. */
function checkRuns(bytes: Uint8Array, at: number, end: number, width: number, count: number): void {
  const valueBytes = (width + 7) >> 3;
  for (let seen = 0; seen < count && at < end; ) {
    let header = 0;
    for (let shift = 0; at < end; shift += 7) {
      const byte = bytes[at++];
      header += (byte & 127) * 2 ** shift;
      if (byte < 128) break;
      if (shift > 28) throw new Error('the length of a run is damaged');
    }
    const half = Math.floor(header / 2);
    if (header % 2 === 1) {
      // Bit-packed, in groups of eight; the last one may be partly used.
      if (half * 8 > count - seen + 504) throw new Error('a run has more values than its page');
      seen += half * 8;
      at += half * width;
    } else {
      if (half > count - seen) throw new Error('a run has more values than its page');
      seen += half;
      at += valueBytes;
    }
  }
}

/**
 * Check the header of delta-encoded numbers. hyparquet does not check it, and makes as many miniblocks as it says.
 * https://parquet.apache.org/docs/file-format/data-pages/encodings/#DELTAENC
 */
function checkDeltas(bytes: Uint8Array, start: number, count: number): void {
  let at = start;
  const read = (): number => {
    let value = 0;
    for (let shift = 0; at < bytes.length && shift <= 28; shift += 7) {
      const byte = bytes[at++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    throw new Error('its differences are damaged');
  };
  if (at === bytes.length) return;
  const [block, miniblocks, total] = [read(), read(), read()];
  const each = block / miniblocks;
  if (block > 2 ** 20 || !(each >= 8) || each % 8 !== 0 || total > count) {
    throw new Error('its differences are damaged');
  }
}

/**
 * Check the levels and dictionary indexes of a page.
 *
 * `bytes` is the decompressed page (for version 2: levels, then the decompressed values).
 * @returns where the values begin @throws Error if a run claims more values than the page has
 */
export function checkPage(
  bytes: Uint8Array,
  { data_page_header: v1, data_page_header_v2: v2 }: PageHeader,
  { type }: ColumnDecoder,
  list: boolean,
  maxDefinition: number,
): number {
  const { num_values: count, encoding } = (v1 ?? v2)!;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const levels = (most: number, length: number | undefined): void => {
    if (length === undefined) {
      if (most === 0) return;
      length = view.getUint32(at, true);
      at += 4;
    }
    if (at + length > bytes.length) throw new Error('its levels go beyond the page');
    if (most > 0) checkRuns(bytes, at, at + length, widthOf(most), count);
    at += length;
  };
  levels(list ? 1 : 0, v2?.repetition_levels_byte_length);
  levels(maxDefinition, v2?.definition_levels_byte_length);
  const start = at;
  if (encoding.startsWith('DELTA_')) {
    checkDeltas(bytes, at, count);
  } else if (type === 'BOOLEAN' && encoding === 'RLE') {
    checkRuns(bytes, at + 4, bytes.length, 1, count);
  } else if (encoding.endsWith('_DICTIONARY') && at < bytes.length && bytes[at] > 0) {
    if (bytes[at] > 32) throw new Error('its indexes are damaged');
    checkRuns(bytes, at + 1, bytes.length, bytes[at], count);
  }
  return start;
}
