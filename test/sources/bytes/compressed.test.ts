import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { FormatError } from '../../../src/errors.ts';
import { open } from '../../../src/sources/index.ts';
import { anyRange, bytesOf, failure, npy, picked, rowsOf, scratch, table } from '../help.ts';
import { serve } from './server.ts';

const { put } = scratch();

/** 800 kB: several pieces, and more than the head that is kept. */
const values = Float64Array.from({ length: 100_000 }, (_, i) => Math.sin(i));
const rows = table(values, 5);
const whole = npy('<f8', [20_000, 5], values);
const text = `a,b,c,d,e\n${rows.map((row) => row.join(',')).join('\n')}\n`;

/** As in a page: no modules of Node. */
function withoutNode(): void {
  vi.stubGlobal('process', { ...process, getBuiltinModule: undefined });
  onTestFinished(() => void vi.unstubAllGlobals());
}

describe.each([
  ['node:zlib', () => {}],
  ['DecompressionStream', withoutNode],
])('gzip through %s', (_, prepare) => {
  it('NPY: any rows, in passes of their own', async () => {
    prepare();
    const source = await open(new Blob([gzipSync(whole) as BlobPart]), { name: 'x.npy.gz' });
    expect([source.format, source.rows]).toEqual(['npy', 20_000]);
    await fc.assert(
      fc.asyncProperty(anyRange(20_000, { least: 100, longest: 9000 }), async (options) => {
        expect(await rowsOf(source, options)).toEqual(picked(rows, options));
      }),
      { numRuns: 12 },
    );
  });

  it('CSV, twice', async () => {
    prepare();
    const source = await open(gzipSync(text), { name: 'x.csv.gz' });
    expect(source.format).toBe('csv');
    expect(source.rows).toBe(undefined);
    expect(await rowsOf(source, { chunkRows: 1000 })).toEqual(rows);
    expect(source.rows).toBe(20_000);
    expect(await rowsOf(source, { chunkRows: 1000, start: 19_999 })).toEqual(rows.slice(19_999));
  });

  it('cut short or damaged: a FormatError', async () => {
    prepare();
    const packed = gzipSync(whole);
    for (const bytes of [packed.subarray(0, packed.length - 5), packed.subarray(0, 400_000)]) {
      const source = await open(new Uint8Array(bytes));
      const error = await failure(rowsOf(source, { chunkRows: 1000 }));
      expect(error).toBeInstanceOf(FormatError);
      expect(error.message).toMatch(/cannot be decompressed \(gzip\): .*cut short/);
    }
    const damaged = new Uint8Array(packed);
    damaged.fill(0, 300_000, 300_100);
    const source = await open(damaged);
    expect(await failure(rowsOf(source, { chunkRows: 1000 }))).toBeInstanceOf(FormatError);
    const lost = await failure(open(new Uint8Array(packed.subarray(0, 12))));
    expect(lost).toBeInstanceOf(FormatError);
  });

  it('a break and a cancel let go of the file', async () => {
    const path = put('let-go.npy.gz', gzipSync(whole));
    const source = await open(path);
    prepare();
    for await (const chunk of source.chunks({ chunkRows: 10 })) {
      expect(chunk.rows).toBe(10);
      break;
    }
    const controller = new AbortController();
    const error = await failure(async () => {
      for await (const chunk of source.chunks({ chunkRows: 500, signal: controller.signal })) {
        if (chunk.start >= 1000) controller.abort(new Error('enough'));
      }
    });
    expect(error.message).toBe('enough');
    await vi.waitFor(() => {
      const open = readdirSync('/proc/self/fd').map((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`);
        } catch {
          return '';
        }
      });
      expect(open).not.toContain(path);
    });
  });
});

describe('gzip', () => {
  it('a bomb is read chunk by chunk, not unpacked', async () => {
    const zeros = gzipSync(npy('<f4', [40_000_000], new Float32Array(40_000_000)));
    expect(zeros.length).toBeLessThan(200_000);
    const source = await open(new Uint8Array(zeros));
    const before = process.memoryUsage().rss;
    let most = 0;
    let count = 0;
    for await (const chunk of source.chunks({ chunkRows: 100_000, reuse: true })) {
      count += chunk.rows;
      most = Math.max(most, process.memoryUsage().rss - before);
    }
    expect(count).toBe(40_000_000);
    expect(most).toBeLessThan(100e6);
  });

  it('members one after another are one file', async () => {
    const bytes = new Uint8Array(Buffer.concat([gzipSync('1,2\n'), gzipSync('3,4\n')]));
    expect(await rowsOf(await open(bytes, { name: 'x.csv.gz' }), { chunkRows: 9 })).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('what needs random access says so; HDF5 goes to memory as ever', async () => {
    const error = await failure(open(gzipSync(bytesOf('none.parquet'))));
    expect(error.code).toBe('ERR_PLATFORM');
    expect(error.message).toMatch(/parquet is read from many places.*compressed as a whole/);
    const fortran = npy('<f8', [3, 2], [1, 2, 3, 4, 5, 6], { fortran: true });
    expect((await failure(open(gzipSync(fortran)))).message).toMatch(/Fortran order/);
    expect((await failure(open(gzipSync(gzipSync('1,2'))))).message).toMatch(/compressed twice/);
    expect((await failure(open(gzipSync('')))).message).toMatch(/is empty when decompressed/);
    const h5 = gzipSync(readFileSync(new URL('../../../examples/alanine-dipeptide.h5', import.meta.url)));
    const source = await open(h5, { name: 'x.h5.gz' });
    expect(source.format).toBe('hdf5');
    expect(await rowsOf(source, { chunkRows: 10, end: 1 })).toHaveLength(1);
  });

  it('from a server, with and without ranges, dropped on the way', async () => {
    const data = gzipSync(whole);
    for (const noRanges of [false, true]) {
      const { url } = await serve(
        { data, noRanges, cutAfter: (n) => (n === 1 ? 300_000 : Infinity) },
        '/a.npy.gz',
      );
      const source = await open(url, { onWarning: () => {} });
      expect(await rowsOf(source, { chunkRows: 999 })).toEqual(rows);
    }
  });
});

describe('zstd', () => {
  it('NPY and text, and several frames', async () => {
    const source = await open(bytesOf('ramp.npy.zst'));
    expect([source.format, source.rows, source.cols]).toEqual(['npy', 50_000, 2]);
    const ramp = table(
      Array.from({ length: 100_000 }, (_, i) => i),
      2,
    );
    for (const options of [{ chunkRows: 777 }, { chunkRows: 100, stride: 999, start: 5 }]) {
      expect(await rowsOf(source, options)).toEqual(picked(ramp, options));
    }
    const frames = await open(bytesOf('frames.csv.zst'), { name: 'frames.csv.zst' });
    expect(await rowsOf(frames, { chunkRows: 2 })).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('cut short or damaged: a FormatError', async () => {
    const packed = bytesOf('ramp.npy.zst');
    for (const length of [packed.length - 1, packed.length >> 1, 10]) {
      const reading = open(packed.slice(0, length)).then((source) => rowsOf(source, { chunkRows: 1000 }));
      const error = await failure(reading);
      expect(error).toBeInstanceOf(FormatError);
      expect(error.message).toMatch(/cannot be decompressed \(zstd\)/);
    }
  });
});

it('a platform with no decompressor', async () => {
  withoutNode();
  vi.stubGlobal('DecompressionStream', undefined);
  const error = await failure(open(gzipSync(text)));
  expect(error.code).toBe('ERR_PLATFORM');
  expect(error.message).toMatch(/neither DecompressionStream nor node:zlib/);
});

describe('behind a gzip member', () => {
  const [first, second] = ['1,2\n3,4\n', '5,6\n'].map((text) => gzipSync(text));
  const rowsIn = async (...parts: Uint8Array[]) => {
    const source = await open(new Uint8Array(Buffer.concat(parts)), { name: 'x.csv.gz', header: false });
    let rows = 0;
    for await (const chunk of source.chunks({ chunkRows: 10 })) rows += chunk.rows;
    return rows;
  };

  it('another is read, and zeros are padding', async () => {
    expect(await rowsIn(first, second)).toBe(3);
    expect(await rowsIn(first, new Uint8Array(100))).toBe(2);
    expect(await rowsIn(first, second, new Uint8Array(40_000))).toBe(3);
  });

  it.each([0, 20, 16_384 - first.length, 40_000, 400_000])('%d zeros and more are refused', async (zeros) => {
    const parts = zeros === 0 ? [Buffer.from('hello')] : [new Uint8Array(zeros), second];
    await expect(rowsIn(first, ...parts)).rejects.toThrow(
      zeros === 0 ? /^x\.csv\.gz, byte \d+: cannot be decompressed/ : /more follows behind the zeros/,
    );
  });
});

it('what decompresses a file counts in the memory limit, for every format and for a stream', async () => {
  const inputs: [string, Uint8Array | string][] = [
    ['x.npy', whole],
    ['x.csv', text],
    ['x.jsonl', `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`],
    ['x.xtc', bytesOf('traj-ala2.xtc')],
  ];
  for (const [name, data] of inputs) {
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : new Uint8Array(data);
    const stream = new Blob([bytes as BlobPart]).stream();
    const plain = await open(stream, { name });
    const packed = gzipSync(bytes);
    for (const input of [packed, new Blob([packed]).stream()]) {
      const source = await open(input, { name: `${name}.gz` });
      expect([name, (source.overheadBytes ?? 0) - (plain.overheadBytes ?? 0)]).toEqual([name, 8e6]);
    }
  }
});
