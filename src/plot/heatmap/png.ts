/**
 * Writes PNG pictures of up to 256 colours. It works synchronously and needs no canvas.
 * Source: ISO/IEC 15948 (PNG), RFC 1950 (zlib).
 */

import { zlibSync } from 'fflate';
import { allocate } from '../../support/allocate.ts';
import { crc32 } from '../../support/numbers/crc32.ts';
import type { Rgb } from './scales.ts';

/** The bytes of a file. `pixels` are indexes of colours, row by row. */
export function encodePng(
  pixels: Uint8Array,
  width: number,
  height: number,
  colors: readonly Rgb[],
): Uint8Array {
  const lines = allocate(Uint8Array, (width + 1) * height, 'the picture of the cells');
  // Each line begins with the number of its filter. Filter 0 is best for indexes of colours.
  for (let y = 0; y < height; y++) {
    lines.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  }
  const head = new Uint8Array(13);
  const view = new DataView(head.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  // 8 bits for each pixel, which are the index of a colour.
  head[8] = 8;
  head[9] = 3;
  const parts = [
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', head),
    chunk('PLTE', Uint8Array.from(colors.flat())),
    chunk('IDAT', zlibSync(lines, { level: 6 })),
    chunk('IEND', new Uint8Array(0)),
  ];
  const out = allocate(
    Uint8Array,
    parts.reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function chunk(name: string, data: Uint8Array): Uint8Array {
  const out = allocate(Uint8Array, data.length + 12);
  const view = new DataView(out.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) out[4 + i] = name.charCodeAt(i);
  out.set(data, 8);
  view.setUint32(8 + data.length, crc32(out.subarray(4, 8 + data.length)));
  return out;
}

/** Bytes as base64. */
export function base64Of(bytes: Uint8Array): string {
  const parts: string[] = [];
  // A multiple of three, so that the parts can be joined, and few enough for the arguments of a call.
  const size = 3 * 8192;
  for (let at = 0; at < bytes.length; at += size) {
    parts.push(btoa(String.fromCharCode(...bytes.subarray(at, at + size))));
  }
  return parts.join('');
}
