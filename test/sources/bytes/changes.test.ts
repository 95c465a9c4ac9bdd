/** A file that is written to while it is read, or between two passes, is noticed. */
import { appendFile, copyFile, mkdtemp, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { twoPass } from '../../../src/index.ts';
import { openSequences } from '../../../src/sequences/index.ts';
import { npyMatrix } from '../../../src/sinks/index.ts';
import { open } from '../../../src/sources/index.ts';
import type { Source } from '../../../src/types.ts';
import { serve } from './server.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'changes-'));
});
afterAll(() => rm(folder, { recursive: true }));

const ROWS = 20_000;
const csv = (value: (i: number) => number, rows = ROWS) =>
  Array.from({ length: rows }, (_, i) => `${value(i)},${i % 7}\n`).join('');
/** Lines of one length, so that a file can be rewritten at its size. */
const early = csv((i) => 1000 + (i % 2));
const late = csv((i) => 1000 + (i % 3));

const at = (name: string) => path.join(folder, name);
async function drain(source: Source, between?: () => Promise<unknown>, chunkRows = 1000): Promise<number> {
  let rows = 0;
  for await (const chunk of source.chunks({ chunkRows })) {
    if (rows === 0) await between?.();
    rows += chunk.rows;
  }
  return rows;
}

/** Writes in the same tick of a file system's clock as the opening cannot be told by time alone. */
const tick = () => new Promise((resolve) => setTimeout(resolve, 20));
const changed = /was changed after it was opened: .*can have been mixed/;

describe('a path', () => {
  const opened = async (name: string, text: string | Uint8Array) => {
    await writeFile(at(name), text);
    const warnings: string[] = [];
    const source = await open(at(name), {
      onWarning: ({ code, message }) => warnings.push(`${code} ${message}`),
    });
    await tick();
    return { source, warnings };
  };

  test('rewritten at its size between two passes', async () => {
    const { source } = await opened('between.csv', early);
    const fit = await twoPass(source, { clusters: 2, stride: 10, onWarning: () => {} });
    await tick();
    await writeFile(at('between.csv'), late);
    await expect(fit.labels()).rejects.toThrow(changed);
  });

  test.each([
    ['in place', async (file: string) => writeFile(file, late)],
    ['to a longer one', async (file: string) => writeFile(file, `${late}1,2\n`)],
    ['to a shorter one', async (file: string) => truncate(file, early.length / 2)],
    [
      'by renaming another',
      async (file: string) => {
        await writeFile(`${file}.new`, late);
        await rename(`${file}.new`, file);
      },
    ],
    [
      'with its old time',
      async (file: string) => {
        const then = new Date(2020, 1, 1);
        await writeFile(file, late);
        await utimes(file, then, then);
      },
    ],
  ])('rewritten while it is read: %s', async (how, change) => {
    const name = `${how.replaceAll(' ', '-')}.csv`;
    const { source } = await opened(name, early);
    await expect(drain(source, () => change(at(name)))).rejects.toThrow(changed);
    await expect(drain(source)).rejects.toThrow(changed);
  });

  test('a change of the middle alone is noticed where blocks are compared', async () => {
    const { source } = await opened(
      'small.csv',
      csv((i) => 10 + (i % 9), 1000),
    );
    await writeFile(
      at('small.csv'),
      csv((i) => (i === 500 ? 99 : 10 + (i % 9)), 1000),
    );
    await expect(drain(source)).rejects.toThrow(changed);
  });

  test('touched, copied over itself or removed: a warning, once', async () => {
    const { source, warnings } = await opened('touched.csv', early);
    await utimes(at('touched.csv'), new Date(), new Date());
    expect(await drain(source)).toBe(ROWS);
    expect(await drain(source)).toBe(ROWS);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(
      /^FILE_CHANGED .*touched\.csv was changed after it was opened: it was written at/,
    );
    await copyFile(at('touched.csv'), at('copy.csv'));
    await rename(at('copy.csv'), at('touched.csv'));
    await drain(source, () => rm(at('touched.csv')));
    expect(warnings.at(-1)).toMatch(/it is not there any more/);
  });

  test('grown behind its last line: what was there is read, with a warning', async () => {
    const { source, warnings } = await opened('grown.csv', early);
    expect(await drain(source, () => appendFile(at('grown.csv'), '1,2\n3'))).toBe(ROWS);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/it had \d+ bytes and has \d+ since/);
  });

  test('grown in the middle of a line: the last row may have been cut', async () => {
    const { source } = await opened('torn.csv', early.slice(0, -1));
    await appendFile(at('torn.csv'), '5\n');
    await expect(drain(source)).rejects.toThrow(changed);
  });

  test('NPY, and rows that are read one by one', async () => {
    const values = (seed: number) => Float32Array.from({ length: 400_000 }, (_, i) => (i * seed) % 11);
    const { source } = await opened('wide.npy', npyMatrix(values(3), 100_000));
    // Four rows of 400 kB far apart: the sampling does not read to the end.
    const work = twoPass(
      { ...source, chunks: (o) => source.chunks(o), unchanged: () => source.unchanged!() },
      {
        clusters: 2,
        sample: 3,
        onWarning: () => {},
        onProgress: ({ phase }) => {
          if (phase === 'sample') written ??= writeFile(at('wide.npy'), npyMatrix(values(5), 100_000));
        },
      },
    );
    let written: Promise<void> | undefined;
    await expect(work.then(async (fit) => fit.labels())).rejects.toThrow(changed);
    await written;
  });

  test('one of several files, and one that is compressed', async () => {
    await writeFile(at('a.csv'), early);
    await writeFile(at('b.csv'), early);
    const source = await open([at('a.csv'), at('b.csv')]);
    await drain(source);
    await tick();
    await writeFile(at('a.csv'), late);
    await expect(drain(source)).rejects.toThrow(/a\.csv: was changed after it was opened/);
    const { gzipSync } = await import('node:zlib');
    await writeFile(at('c.csv.gz'), gzipSync(early));
    const packed = await open(at('c.csv.gz'));
    await tick();
    await expect(drain(packed, () => writeFile(at('c.csv.gz'), gzipSync(late)))).rejects.toThrow(changed);
  });

  test('sequences', async () => {
    await writeFile(at('s.txt'), 'CASSF\n'.repeat(4000));
    const source = await openSequences(at('s.txt'));
    await tick();
    await writeFile(at('s.txt'), 'CASSY\n'.repeat(4000));
    const read = async () => {
      for await (const _ of source.chunks({ chunkRows: 1000 }));
    };
    await expect(read()).rejects.toThrow(changed);
  });

  test('a pass that is left early, or aborted, says nothing', async () => {
    const { source } = await opened('left.csv', early);
    for await (const _ of source.chunks({ chunkRows: 100 })) {
      await writeFile(at('left.csv'), late);
      break;
    }
    const { source: again } = await opened('aborted.csv', early);
    const controller = new AbortController();
    const read = async () => {
      for await (const _ of again.chunks({ chunkRows: 100, signal: controller.signal })) {
        await writeFile(at('aborted.csv'), late);
        controller.abort(new Error('enough'));
      }
    };
    await expect(read()).rejects.toThrow('enough');
  });
});

describe('a File', () => {
  /** A File whose bytes change behind its back, as browsers' that do not look at the disk. */
  class Changing extends File {
    now: Blob;
    constructor(text: string) {
      super([text], 'page.csv');
      this.now = new Blob([text]);
    }
    override slice(start?: number, end?: number): Blob {
      return this.now.slice(start, end);
    }
  }

  test('whose bytes are others now', async () => {
    const file = new Changing(early);
    const source = await open(file);
    await drain(source);
    file.now = new Blob([late]);
    await expect(drain(source)).rejects.toThrow(changed);
    expect(await drain(await open(new File([early], 'same.csv')))).toBe(ROWS);
  });

  test('that the browser refuses to read, since it was changed on disk', async () => {
    const file = new Changing(early);
    const source = await open(file);
    file.now = {
      slice: () => ({
        arrayBuffer: () =>
          Promise.reject(new DOMException('The requested file could not be read', 'NotReadableError')),
      }),
    } as never;
    await expect(drain(source)).rejects.toThrow(
      /page\.csv.*was changed or removed on disk after it was chosen; choose it again/,
    );
  });

  test('of Node, made from a path', async () => {
    const { openAsBlob } = await import('node:fs');
    await writeFile(at('blob.csv'), early);
    const source = await open(await openAsBlob(at('blob.csv')));
    await tick();
    await writeFile(at('blob.csv'), `${late}1,2\n`);
    await expect(drain(source)).rejects.toThrow(/was changed or removed on disk/);
  });
});

describe('a URL', () => {
  test('whose ETag or length is another at the end of a pass, which the last answer did not show', async () => {
    const behaviour = { data: new TextEncoder().encode(early), etag: '"1"' };
    const { url } = await serve(behaviour, '/points.csv');
    const source = await open(url);
    await drain(source);
    // All was sent in one answer before it changed.
    const replace = async () => {
      behaviour.etag = '"2"';
    };
    await expect(drain(source, replace)).rejects.toThrow(
      /was changed after it was opened: .*its ETag was "1" and is "2"/,
    );
    const times = { data: behaviour.data, headers: { 'Last-Modified': 'Mon, 01 Jan 2024 00:00:00 GMT' } };
    const { url: other } = await serve(times, '/points.csv');
    const again = await open(other);
    const change = async () => {
      times.data = new TextEncoder().encode(`${early}1,2\n`);
    };
    await expect(drain(again, change)).rejects.toThrow(/had \d+ bytes when opened and now has/);
  });
});
