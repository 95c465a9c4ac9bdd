/** HDF5: damage, stopping, and files that are far away. */
import fs, { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { FormatError } from '../../../src/errors.ts';
import { type Hdf5Source, open } from '../../../src/sources/index.ts';
import { collect, expectClosed, failure, picked, rowsOf, scratch } from '../help.ts';
import { ATOMS, COLS, expected, type Layout, openH5, trajectory as trajectoryIn } from './files.ts';

const { folder, put } = scratch();
const trajectory = (layout?: Layout) => trajectoryIn(folder, layout);

describe('damage and stopping', () => {
  it('cut files and damaged pieces: one line, nothing on the error stream', async () => {
    const whole = readFileSync(trajectory({ frames: 400 }));
    // The library writes to the descriptor itself, in Node.
    const written = vi.spyOn(fs, 'writeSync');
    const stderr = vi.spyOn(process.stderr, 'write');
    const console = vi.spyOn(globalThis.console, 'error');
    for (const length of [9, 40, 96, 500, 2000, Math.floor(whole.length / 2), whole.length - 1]) {
      for (const input of [
        put('cut.h5', whole.subarray(0, length)),
        new Uint8Array(whole.subarray(0, length)),
      ]) {
        const error = await failure(open(input));
        expect(error, `cut at ${length}`).toBeInstanceOf(FormatError);
        expect(error.message).not.toContain('\n');
        expect(error.message).toMatch(/cut\.h5|bytes/);
        if (length >= 96) expect(error.message).toMatch(/truncated file: eof = \d+/);
      }
    }
    // Where the compressed frames are: noise there must be noticed by the decompression.
    const noisy = Buffer.from(whole);
    for (let i = Math.floor(whole.length * 0.4); i < whole.length * 0.6; i++) noisy[i] = (i * 7919) & 255;
    const error = await failure(async () => collect(await open(put('noise.h5', noisy)), { chunkRows: 10 }));
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(/noise\.h5.*\/coordinates from row \d+ cannot be read/);
    expect(written.mock.calls.filter(([fd]) => fd === 2)).toEqual([]);
    expect(stderr).not.toHaveBeenCalled();
    expect(console).not.toHaveBeenCalled();
    vi.restoreAllMocks();
  });

  it.skipIf(process.platform !== 'linux')(
    'closes after a pass, a break and an abort [needs /proc]',
    async () => {
      const path = trajectory();
      const source = await openH5(path);
      await expectClosed(source, path);
    },
  );

  it('two passes at once, and a pass after close()', async () => {
    const source = await openH5(trajectory());
    const [a, b] = await Promise.all([
      rowsOf(source, { chunkRows: 3 }),
      rowsOf(source, { chunkRows: 8, stride: 3 }),
    ]);
    expect(a).toEqual(expected());
    expect(b).toEqual(picked(expected(), { stride: 3 }));
    await source.close?.();
    expect(await rowsOf(source, { chunkRows: 50 })).toEqual(expected());
  });

  it('a Blob: two passes at once, and close() in the middle of one', async () => {
    const source = (await open(new Blob([readFileSync(trajectory())]))) as Hdf5Source;
    const [a, b] = await Promise.all([
      rowsOf(source, { chunkRows: 3 }),
      rowsOf(source, { chunkRows: 8, stride: 3 }),
    ]);
    expect(a).toEqual(expected());
    expect(b).toEqual(picked(expected(), { stride: 3 }));
    let rows = 0;
    for await (const chunk of source.chunks({ chunkRows: 20 })) {
      rows += chunk.rows;
      await source.close?.();
    }
    expect(rows).toBe(50);
  });

  it('a stream that is too long for memory is refused', async () => {
    const head = new Uint8Array(readFileSync(trajectory({ frames: 1 })));
    const rest = new Uint8Array(2 ** 26);
    let pulls = 0;
    const huge = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(pulls++ === 0 ? head : rest),
    });
    const error = await failure(open(huge, { name: 'huge.h5' }));
    expect(error.code).toBe('ERR_PLATFORM');
    expect(error.message).toMatch(/huge\.h5.*front to back only.*537 MB/);
    expect(pulls).toBeLessThan(12);
  });
});

describe('what is fetched when it is needed', () => {
  /** A file as a server or a Blob gives it: later, and counted. */
  function remote(path: string, more = 0) {
    const file = readFileSync(path);
    const log: [number, number][] = [];
    const source = {
      byteLength: file.length + more,
      slice: async (a: number, b: number) => {
        await new Promise((resolve) => setTimeout(resolve));
        log.push([a, b]);
        const part = new Uint8Array(Math.min(b, file.length + more) - a);
        part.set(file.subarray(a, Math.min(b, file.length)));
        return part;
      },
    };
    const fetched = () => log.reduce((sum, [a, b]) => sum + b - a, 0);
    return { source, log, fetched, size: file.length };
  }

  it.each([null, [7, ATOMS, 3], [1, ATOMS, 3], [5000, 4, 2]])(
    'gives what the file gives, in pieces of %j',
    async (chunks) => {
      const frames = 20_000;
      const path = trajectory({ frames, chunks });
      const { source } = remote(path);
      const file = await openH5(path);
      const far = (await open(source, { name: 'far.h5' })) as Hdf5Source;
      expect([far.rows, far.cols, far.units, far.title]).toEqual([frames, COLS, file.units, file.title]);
      expect(far.topology?.atoms.length).toBe(ATOMS);
      for (const options of [
        { chunkRows: 5000 },
        { chunkRows: 999, stride: 7 },
        { chunkRows: 3, start: 12_345, end: 12_380 },
        { chunkRows: 10, stride: 6001 },
      ]) {
        expect(await rowsOf(far, options)).toEqual(await rowsOf(file, options));
      }
    },
  );

  it('and not the whole: the beginning, a few rows far apart, the selection of a sample', async () => {
    const frames = 200_000;
    const { source, fetched, size } = remote(trajectory({ frames, chunks: null }));
    expect(size).toBeGreaterThan(26e6);
    const far = (await open(source, { name: 'far.h5' })) as Hdf5Source;
    expect(fetched()).toBeLessThan(1e6);
    await rowsOf(far, { chunkRows: 10, end: 100 });
    await rowsOf(far, { chunkRows: 5, stride: 40_000 });
    expect(fetched()).toBeLessThan(3e6);
    // Read once from front to back, little is fetched twice.
    const before = fetched();
    await rowsOf(far, { chunkRows: 20_000 });
    expect(fetched() - before).toBeLessThan(1.1 * size);
  });

  it('a file larger than memory', async () => {
    const { source } = remote(trajectory(), 2 ** 33);
    const far = (await open(source, { name: 'far.h5' })) as Hdf5Source;
    expect(await rowsOf(far, { chunkRows: 9 })).toEqual(expected());
  });

  it('two passes at once, and close() in the middle of one', async () => {
    const { source } = remote(trajectory({ frames: 3000 }));
    const far = (await open(source, { name: 'far.h5' })) as Hdf5Source;
    const [a, b] = await Promise.all([
      rowsOf(far, { chunkRows: 300 }),
      rowsOf(far, { chunkRows: 8, stride: 30 }),
    ]);
    expect(a).toEqual(expected(3000));
    expect(b).toEqual(picked(expected(3000), { stride: 30 }));
    let rows = 0;
    for await (const chunk of far.chunks({ chunkRows: 1000 })) {
      rows += chunk.rows;
      await far.close?.();
    }
    expect(rows).toBe(3000);
  });

  it('a fetch that fails is the error; damage is still damage; what is not there is listed', async () => {
    const { source } = remote(trajectory({ frames: 20_000, chunks: null }));
    const slice = source.slice;
    const far = (await open(source, { name: 'far.h5' })) as Hdf5Source;
    source.slice = async () => {
      throw new Error('the wire is cut');
    };
    expect((await failure(rowsOf(far, { chunkRows: 100, start: 19_000 }))).message).toBe('the wire is cut');
    source.slice = slice;
    expect(await rowsOf(far, { chunkRows: 100, start: 19_999 })).toEqual([expected(20_000)[19_999]]);
    const error = await failure(open(source, { name: 'far.h5', dataset: 'nothing' }));
    expect(error.message).toMatch(/far\.h5 has no dataset \/nothing; there are .*\/coordinates/);
  });
});
