import { gzipSync } from 'node:zlib';
import { expect, it, vi } from 'vitest';
import { throughZlib } from '../../src/sources/bytes/inflate.ts';
import { freeBuffer } from '../../src/support/free-buffer.ts';

it('frees a buffer at once, if the bytes reach to its end', () => {
  const whole = new Uint8Array(100);
  freeBuffer(whole.subarray(0, 99));
  freeBuffer(whole.subarray(100));
  expect(whole.length).toBe(100);
  freeBuffer(whole.subarray(50));
  expect(whole.buffer.byteLength).toBe(0);
});

it('does so on platforms without ArrayBuffer.prototype.transfer, and gives up without ports', () => {
  const old = () => Object.assign(new ArrayBuffer(10), { transfer: undefined });
  const first = old();
  freeBuffer(new Uint8Array(first));
  expect(first.byteLength).toBe(0);
  const buffer = old();
  vi.stubGlobal('MessageChannel', undefined);
  vi.resetModules();
  return import('../../src/support/free-buffer.ts').then((fresh) => {
    fresh.freeBuffer(new Uint8Array(buffer));
    vi.unstubAllGlobals();
    expect(buffer.byteLength).toBe(10);
  });
});

it('pieces of a decompressor are plain arrays, and none lasts longer than until the next one', async () => {
  let state = 1;
  const plain = Uint8Array.from({ length: 300_000 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state >>> 24;
  });
  const packed = new Uint8Array(gzipSync(plain));
  const given: Uint8Array[] = [];
  async function* pieces() {
    for (let at = 0; at < packed.length; at += 500) {
      given.push(packed.slice(at, at + 500));
      yield given.at(-1) as Uint8Array;
    }
  }
  const decompress = throughZlib((zlib) => zlib.createGunzip());
  let at = 0;
  let before: Uint8Array | undefined;
  let freed = 0;
  for await (const piece of decompress!(pieces())) {
    if (before?.buffer.byteLength === 0) freed++;
    expect(Object.getPrototypeOf(piece)).toBe(Uint8Array.prototype);
    expect(piece).toEqual(plain.subarray(at, at + piece.length));
    at += piece.length;
    before = piece;
  }
  expect(at).toBe(plain.length);
  expect(freed).toBeGreaterThan(10);
  expect(given.filter(({ length }) => length === 0).length).toBeGreaterThan(100);
});
