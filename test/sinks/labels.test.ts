import * as fs from 'node:fs';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import Papa from 'papaparse';
import { afterAll, describe, expect, test } from 'vitest';
import { OutputFile } from '../../src/sinks/file.ts';
import { labelSink, npyMatrix } from '../../src/sinks/index.ts';
import { labelFormat, labelWriter } from '../../src/sinks/labels.ts';
import { writeNpyMatrix } from '../../src/sinks/npy.ts';
import type { ByteSink, LabelOptions } from '../../src/sinks/sink.ts';
import { open } from '../../src/sources/open.ts';

const folder = mkdtempSync(join(tmpdir(), 'coppice-sinks-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A sink into memory. */
function memory(): ByteSink & { bytes(): Buffer } {
  let all = Buffer.alloc(0);
  return {
    append: (bytes) => {
      all = Buffer.concat([all, bytes]);
    },
    patch: (bytes, at) => {
      all.set(bytes, at);
    },
    bytes: () => all,
  };
}

/** Labels written in parts of `size` rows. */
function written(
  format: 'npy' | 'csv',
  labels: number[],
  size: number,
  options: LabelOptions & { ids?: string[] } = {},
) {
  const out = memory();
  const sink = labelWriter(format).create(out, options);
  for (let start = 0; start < labels.length; start += size) {
    const part = Int32Array.from(labels.slice(start, start + size));
    const distances = Float64Array.from(part, (label) => label / 3);
    sink.write({ start, labels: part, distances, ids: options.ids?.slice(start, start + size) });
  }
  sink.finish();
  return out.bytes();
}

const labels = fc.array(fc.integer({ min: 0, max: 2 ** 31 - 1 }), { maxLength: 200 });

describe('labels', () => {
  test('.npy reads back, whatever the chunks were', async () => {
    await fc.assert(
      fc.asyncProperty(labels, fc.integer({ min: 1, max: 50 }), async (values, size) => {
        const bytes = written('npy', values, size);
        expect(bytes).toEqual(written('npy', values, 1000));
        const source = await open(new Uint8Array(bytes), { name: 'x.npy' });
        expect([source.rows, source.format === 'npy' && source.descr]).toEqual([values.length, '<i4']);
        const back: number[] = [];
        for await (const chunk of source.chunks({ chunkRows: 64 })) back.push(...chunk.data);
        expect(back).toEqual(values);
      }),
      { numRuns: 50 },
    );
  });

  test('.csv reads back with any names', () => {
    const text = fc.string({ unit: 'binary', maxLength: 12 });
    fc.assert(
      fc.property(
        fc.array(text, { maxLength: 40 }),
        text,
        fc.integer({ min: 1, max: 9 }),
        (ids, idName, size) => {
          const values = ids.map((_, i) => i);
          const bytes = written('csv', values, size, { ids, idName, distances: true });
          const { data } = Papa.parse<string[]>(bytes.toString('utf8').slice(0, -1), {
            newline: '\n',
            delimiter: ',',
          });
          // Lone surrogates are no text; UTF-8 has a replacement for them.
          const clean = (name: string) => Buffer.from(name, 'utf8').toString('utf8');
          expect(data).toEqual([
            [clean(idName), 'cluster', 'distance'],
            ...ids.map((id, i) => [clean(id), String(i), String(i / 3)]),
          ]);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('the format is the extension', () => {
    expect([labelFormat('a/b.NPY'), labelFormat('x.y.csv')]).toEqual(['npy', 'csv']);
    for (const path of ['x', 'x.txt', 'npy', 'x.csv.gz', 'x.constructor'])
      expect(() => labelFormat(path)).toThrow(RangeError);
  });
});

describe('a file', () => {
  const path = (name: string) => join(folder, name);

  test('is not there before commit, and whole after', async () => {
    const file = new OutputFile(path('a.bin'));
    const expected: Uint8Array[] = [];
    for (const length of [0, 1, 1000, 2 ** 18, 2 ** 18 - 1, 5, 2 ** 19 + 3, 7]) {
      const bytes = new Uint8Array(length).map((_, i) => (i * 31 + length) & 255);
      file.append(bytes);
      expected.push(bytes);
    }
    file.patch(Uint8Array.of(9, 9), 0);
    file.append(Uint8Array.of(1));
    await file.complete();
    expect(fs.existsSync(path('a.bin'))).toBe(false);
    file.commit();
    const all = Buffer.concat([...expected, Uint8Array.of(1)]);
    all.set([9, 9], 0);
    expect(readFileSync(path('a.bin')).equals(all)).toBe(true);
    expect(file.size).toBe(all.length);
    file.discard();
    expect(fs.existsSync(path('a.bin'))).toBe(true);
  });

  test('that is discarded leaves nothing, and what was there stays', async () => {
    fs.writeFileSync(path('b.bin'), 'old');
    const file = new OutputFile(path('b.bin'));
    file.append(new Uint8Array(10));
    file.discard();
    file.discard();
    expect(readFileSync(path('b.bin'), 'utf8')).toBe('old');
    expect(fs.readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('whose folder has gone cannot be committed, and says so', async () => {
    fs.mkdirSync(path('sub'));
    const file = new OutputFile(path('sub/c.bin'));
    rmSync(path('sub'), { recursive: true });
    await file.complete();
    expect(() => file.commit()).toThrow(/cannot write ".*c\.bin": the folder does not exist/);
    file.discard();
  });

  test('that no disk has room for is refused at once', () => {
    expect(() => new OutputFile(path('huge.npy'), 2 ** 60)).toThrow(
      /needs at least 1.15 EB and the disk has/,
    );
    expect(() => new OutputFile('')).toThrow('the name is empty');
    expect(() => new OutputFile(path('none/'))).toThrow('it names a folder');
    expect(fs.readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('holds a matrix that any NPY reader reads', async () => {
    const file = new OutputFile(path('Z.npy'));
    writeNpyMatrix(file, Float64Array.of(0, 1, 0.5, 2, 2, 3, 1.25, 3), 4);
    await file.complete();
    file.commit();
    const source = await open(path('Z.npy'));
    expect([source.rows, source.cols, source.dtype]).toEqual([2, 4, 'f8']);
    for await (const { data } of source.chunks({ chunkRows: 9 })) {
      expect(Array.from(data)).toEqual([0, 1, 0.5, 2, 2, 3, 1.25, 3]);
    }
  });
});

describe('coppice/sinks', () => {
  test('labelSink writes what the command line writes', async () => {
    for (const format of ['npy', 'csv'] as const) {
      const out = memory();
      const sink = await labelSink(format, out);
      sink.write({ start: 0, labels: Int32Array.of(3, 1), distances: Float64Array.of(1, 2) });
      sink.finish();
      expect(out.bytes()).toEqual(written(format, [3, 1], 5));
    }
    const out = memory();
    const sink = await labelSink('parquet', out, { distances: true });
    sink.write({ start: 0, labels: Int32Array.of(3, 1), distances: Float64Array.of(1, 2) });
    sink.finish();
    expect(out.bytes().subarray(0, 4).toString()).toBe('PAR1');
  });

  test('labelSink refuses unknown formats, and columns that the format does not have', async () => {
    await expect(labelSink('toString' as never, memory())).rejects.toThrow(
      /npy, csv, parquet, got 'toString'|"toString"/,
    );
    await expect(labelSink('npy', memory(), { distances: true })).rejects.toThrow(
      /no columns for names or distances/,
    );
    await expect(labelSink('npy', memory(), { idName: 'id' })).rejects.toThrow(RangeError);
  });

  test('npyMatrix reads back', async () => {
    for (const data of [
      Float64Array.of(1, 2.5, 3, 4),
      Float32Array.of(1, 2.5, 3, 4),
      Int32Array.of(1, 2, 3, 4),
    ]) {
      const source = await open(npyMatrix(data, 2), { name: 'x.npy' });
      expect([source.rows, source.cols]).toEqual([2, 2]);
      for await (const chunk of source.chunks({ chunkRows: 9 })) expect([...chunk.data]).toEqual([...data]);
    }
    expect(() => npyMatrix(Float64Array.of(1, 2, 3), 2)).toThrow(RangeError);
    expect(() => npyMatrix([1, 2] as never, 2)).toThrow(TypeError);
  });
});
