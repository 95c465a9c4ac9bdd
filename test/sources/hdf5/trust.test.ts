/** HDF5 files that must not be trusted: they name other files, request too much memory, or contain cycles. */

import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../src/errors.ts';
import { open } from '../../../src/sources/index.ts';
import { collect, failure, rowsOf, scratch } from '../help.ts';
import { expected, h5, openH5, trajectory as trajectoryIn } from './files.ts';

const { folder, put } = scratch();
const shared = fileURLToPath(new URL('../../../../shared/cases/readers/', import.meta.url));
const hasShared = (() => {
  try {
    return readdirSync(shared).length > 0;
  } catch {
    return false;
  }
})();

describe('other files that a file names', () => {
  const target = trajectoryIn(folder, { frames: 3 });
  const linked = (() => {
    const path = join(folder, 'linked.h5');
    const file = new h5.File(path, 'w');
    file.create_external_link(target, '/coordinates', 'coordinates');
    file.create_soft_link('/coordinates', 'alias');
    file.close();
    return path;
  })();

  it.each(['/coordinates', '/alias'])('external links are not followed: %s', async (dataset) => {
    const error = await failure(open(linked, { dataset }));
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(/linked\.h5.*needs another file.*externalFiles: true/);
    expect(error.message).toContain(JSON.stringify(target));
  });

  it('with externalFiles they are, from a path', async () => {
    const source = await open(linked, { dataset: '/coordinates', externalFiles: true });
    expect(await rowsOf(source, { chunkRows: 2 })).toEqual(expected(3));
    const error = await failure(open(new Uint8Array(readFileSync(linked)), { externalFiles: true }));
    expect(error.message).toMatch(/externalFiles: .* is not opened by a path/);
  });

  it('one that is not there is named', async () => {
    const path = join(folder, 'gone.h5');
    const file = new h5.File(path, 'w');
    file.create_external_link('nowhere.h5', '/x', 'coordinates');
    file.close();
    const error = await failure(open(path, { externalFiles: true }));
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(/nowhere\.h5/);
  });

  it('soft links within the file are followed', async () => {
    const path = trajectoryIn(folder, { frames: 3 });
    const file = new h5.File(path, 'a');
    file.create_soft_link('/coordinates', 'alias');
    file.close();
    const source = await openH5(path, { dataset: 'alias' });
    expect(await rowsOf(source, { chunkRows: 2 })).toEqual(expected(3));
  });
});

describe('what the format reveals', () => {
  it('a Fletcher32 checksum that does not match', async () => {
    const path = join(folder, 'checked.h5');
    const file = new h5.File(path, 'w');
    const data = Float32Array.from({ length: 240 }, (_, i) => i / 8);
    file.create_dataset({
      ...{ name: 'x', data, shape: [20, 12], chunks: [6, 12] },
      ...{ compression: 3, compression_opts: [] },
    });
    file.close();
    const bytes = readFileSync(path);
    expect(await rowsOf(await openH5(path, { dataset: 'x' }), { chunkRows: 7 })).toHaveLength(20);
    const at = bytes.indexOf(Buffer.from(data.buffer, 40, 40));
    expect(at).toBeGreaterThan(0);
    bytes[at + 3] ^= 1;
    for (const input of [put('wrong.h5', bytes), new Uint8Array(bytes)]) {
      const source = await open(input, { format: 'hdf5', dataset: 'x' });
      const error = await failure(collect(source, { chunkRows: 5 }));
      expect(error).toBeInstanceOf(FormatError);
      expect(error.message).toMatch(
        /\/x from row 0 cannot be read: it is damaged: .*checksum does not match/,
      );
    }
  });

  it.skipIf(!hasShared)('filters that are not read are named [needs ../shared]', async () => {
    const error = await failure(open(join(shared, 'h5py-lzf.h5'), { dataset: 'x' }));
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(/\/x is compressed with LZF \(HDF5 filter 32000\).*h5repack/);
  });
});

describe('what would never end', () => {
  /** A text of any length lies in a global heap; the library adds 16 to its length to find the next one. */
  const endless = (() => {
    const path = join(folder, 'texts.h5');
    const file = new h5.File(path, 'w');
    const data = new Float32Array(240);
    file.create_dataset({ name: 'coordinates', data, shape: [20, 4, 3] });
    file.create_attribute('title', 'four atoms', [], 'S');
    file.close();
    const bytes = readFileSync(path);
    bytes.writeBigInt64LE(-16n, bytes.indexOf('GCOL') + 24);
    return put('endless.h5', bytes);
  })();

  it('a global heap that goes round in circles is refused', async () => {
    for (const input of [endless, new Blob([readFileSync(endless)])]) {
      const start = Date.now();
      const error = await failure(open(input, { format: 'hdf5' }));
      expect(error).toBeInstanceOf(FormatError);
      expect(error.message).toMatch(/\/ \(title\) cannot be read: it is damaged: an object of a global heap/);
      expect(Date.now() - start).toBeLessThan(4000);
    }
  });

  it.each([
    // The size of the one text: so large that the next object would begin among zeros, without a number.
    ['its objects', 24, 234n, /the list of objects in a global heap has no end/],
    // In 32 bits it is 4,096.
    ['its size', 8, 0x8000_0000_0000_1000n, /a global heap says that it has \d+ bytes/],
  ])('a global heap of which %s are damaged is refused', async (_, at, value, message) => {
    const bytes = readFileSync(endless);
    const heap = bytes.indexOf('GCOL');
    bytes.writeBigInt64LE(10n, heap + 24);
    bytes.writeBigUInt64LE(value, heap + at);
    for (const input of [put('heap.h5', bytes), new Uint8Array(bytes)]) {
      const error = await failure(open(input, { format: 'hdf5' }));
      expect(error).toBeInstanceOf(FormatError);
      expect(error.message).toMatch(message);
    }
  });

  it('a global heap of more than 4 kB is read, and looked at to its end', async () => {
    const path = join(folder, 'long.h5');
    const file = new h5.File(path, 'w');
    file.create_dataset({ name: 'coordinates', data: new Float32Array(240), shape: [20, 4, 3] });
    const title = 'a long title; '.repeat(600);
    file.create_attribute('title', title, [], 'S');
    file.close();
    expect((await openH5(path)).title).toBe(title);
    const bytes = readFileSync(path);
    const heap = bytes.indexOf('GCOL');
    expect(bytes.readBigUInt64LE(heap + 8)).toBeGreaterThan(4096n);
    // The text ends sooner, so that what follows it is taken for the next object: behind the first 4 kB.
    bytes.writeBigUInt64LE(4200n, heap + 24);
    const error = await failure(open(put('long-damaged.h5', bytes)));
    expect(error.message).toMatch(/an object of a global heap of \d+ bytes says/);
  });

  // The watch is for what the checks of structures do not know; here they know nothing.
  const blind = put(
    'blind.cjs',
    Buffer.from(`
      const { getUint32 } = DataView.prototype;
      DataView.prototype.getUint32 = function (...place) {
        const value = getUint32.apply(this, place);
        if (value !== 0x4c4f4347) return value;
        require('node:fs').writeSync(2, 'a heap comes next');
        return 0;
      };`),
  );
  it.skipIf(process.platform === 'win32').each([
    ['SIGTERM', ['SIGTERM'], 143],
    ['SIGINT twice', ['SIGINT', 'SIGINT'], 130],
    ['nothing', [], 1],
  ] as const)(
    'a command whose file keeps the library busy is ended by %s, and leaves nothing behind [needs signals]',
    { timeout: 60_000 },
    async (_, signals, expected) => {
      const cli = fileURLToPath(new URL('../../../build/cli.js', import.meta.url));
      const out = join(folder, 'labels.npy');
      const before = readdirSync(folder).sort();
      const child = spawn(
        process.execPath,
        ['--require', blind, cli, 'cluster', endless, '--clusters', '2', '--out', out],
        { stdio: ['ignore', 'ignore', 'pipe'] },
      );
      let said = '';
      child.stderr.on('data', (data) => {
        said += data;
      });
      const ended = new Promise<number>((resolve) =>
        child.on('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal!])),
      );
      if (signals.length > 0) {
        while (!said.includes('comes next')) await sleep(10);
        await sleep(200);
        for (const signal of signals) {
          child.kill(signal);
          await sleep(200);
        }
      }
      expect([await ended, said]).toEqual([expected, expect.any(String)]);
      if (signals.length === 0) expect(said).toMatch(/endless\.h5.*worked on it for \d+ s without an end/);
      expect(readdirSync(folder).sort()).toEqual(before);
    },
  );

  it('memory that a damaged file asks for is bounded', async () => {
    const path = trajectoryIn(folder, { frames: 40 });
    const bytes = readFileSync(path);
    // The size of a piece, in the dataset's layout: 7 x 11 x 3 elements of 4 bytes.
    const layout = Buffer.alloc(16);
    [7, 11, 3, 4].forEach((size, i) => {
      layout.writeUInt32LE(size, 4 * i);
    });
    const at = bytes.indexOf(layout);
    expect(at).toBeGreaterThan(0);
    bytes.writeUInt32LE(30_000_000, at);
    const before = process.memoryUsage().rss;
    const error = await failure(async () =>
      collect(await open(put('bomb.h5', bytes), { memoryLimit: '256MB' }), { chunkRows: 10 }),
    );
    expect(error.code).toMatch(/^ERR_(FORMAT|MEMORY_LIMIT)$/);
    expect(process.memoryUsage().rss - before).toBeLessThan(250e6);
  });

  it.skipIf(!hasShared)('the command ends on a damaged file [needs ../shared]', async () => {
    const cli = fileURLToPath(new URL('../../../build/cli.js', import.meta.url));
    const child = spawn(process.execPath, [cli, 'info', join(shared, 'hdf5-331.h5')]);
    let said = '';
    child.stderr.on('data', (data) => {
      said += data;
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect([code, said]).toEqual([1, expect.stringMatching(/hdf5-331\.h5: .*it is damaged/)]);
  });
});
