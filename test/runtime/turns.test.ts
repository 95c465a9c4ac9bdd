/** Calls at the same time: some share the memory, the others wait, and none waits forever. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test, vi } from 'vitest';
import * as api from '../../src/index.ts';
import { fromIterable } from '../../src/sources/index.ts';
import { scatteredRows } from '../scattered-rows.ts';

const { Memory } = WebAssembly;

const rowsOf = (rows: number, cols = 4, seed = 1) => scatteredRows(rows, cols, { seed });
const model = api.createModel({
  leaders: rowsOf(9),
  labels: Int32Array.from({ length: 9 }, (_, i) => i + 1),
  metric: 'euclidean',
});
const run = { threads: 1 };

/** Bytes of linear memory that are made while `work` is at it. */
async function memoriesOf(work: () => Promise<unknown>): Promise<number> {
  let count = 0;
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      super(descriptor);
      count++;
    }
  };
  try {
    await work();
    return count;
  } finally {
    WebAssembly.Memory = Memory;
  }
}

async function labelsOf(parts: AsyncIterable<api.Assignment>): Promise<number[]> {
  const labels: number[] = [];
  for await (const part of parts) labels.push(...part.labels);
  return labels;
}

afterEach(() => {
  api.close();
  api.configure({});
  vi.restoreAllMocks();
});

describe('calls at the same time', () => {
  test('share a few memories, and give what they give in turn', async () => {
    const X = rowsOf(700);
    const one = await api.linkage(X, { method: 'average', ...run });
    const made = await memoriesOf(async () => {
      for (let round = 0; round < 3; round++) {
        const all = await Promise.all(
          Array.from({ length: 20 }, () => api.linkage(X, { method: 'average', ...run })),
        );
        for (const Z of all) expect(Z).toEqual(one);
      }
    });
    // One is there already.
    expect(made).toBeLessThanOrEqual(3);
  });

  test('eight generators in step, with a linkage in the loop', async () => {
    const data = rowsOf(1000);
    const fit = await api.twoPass(data, { clusters: 3, sample: 100, ...run });
    // A fit gives the rows of its tree the tree's labels, a model those of leaders.
    const wanted = [
      await labelsOf(api.assign(data, fit.model, { chunkRows: 90 })),
      await labelsOf(fit.assign({ chunkRows: 90 })),
    ];
    const one = await api.linkage(rowsOf(300));
    for (const threads of [1, 2]) {
      const all = Array.from({ length: 8 }, (_, i) =>
        i % 2
          ? fit.assign({ chunkRows: 90, threads })
          : api.assign(data, fit.model, { chunkRows: 90, threads }),
      );
      const labels: number[][] = all.map(() => []);
      for (;;) {
        const steps = await Promise.all(all.map((generator) => generator.next()));
        for (const [i, { value }] of steps.entries()) labels[i].push(...(value?.labels ?? []));
        expect(await api.linkage(rowsOf(300), { threads })).toEqual(one);
        if (steps[0].done) break;
      }
      for (const [i, found] of labels.entries()) expect(found).toEqual(wanted[i % 2]);
    }
  });

  test('generators that nobody asks any more do not keep others waiting', async () => {
    const data = rowsOf(1000);
    for (let i = 0; i < 20; i++) await api.assign(data, model, { chunkRows: 10, ...run }).next();
    expect((await api.linkage(rowsOf(100), run)).length).toBe(4 * 99);
  });

  test('a generator that is left while its memory is taken back', async () => {
    const data = rowsOf(1000);
    const wanted = await labelsOf(api.assign(data, model, run));
    for (let round = 0; round < 5; round++) {
      const all = Array.from({ length: 8 }, () => api.assign(data, model, { chunkRows: 30, threads: 2 }));
      const steps = all.map((generator) => generator.next());
      await Promise.all([...steps, ...all.slice(0, 4).map((generator) => generator.return())]);
      for (const generator of all.slice(4)) {
        const first = await steps[all.indexOf(generator)];
        const labels = [...(first.value?.labels ?? []), ...(await labelsOf(generator))];
        expect(labels).toEqual(wanted);
      }
    }
  });

  test('a source that calls while it is read', async () => {
    const X = rowsOf(400);
    const nested = () =>
      fromIterable(
        async function* () {
          for (let at = 0; at < 400; at += 100) {
            const part = { data: X.data.subarray(at * 4, (at + 100) * 4), rows: 100, cols: 4 };
            const { data } = await api.cdist(part, rowsOf(5), 'euclidean', run);
            yield { data, rows: 100, cols: 5 };
          }
        },
        { cols: 5, rows: 400 },
      );
    const one = await api.twoPass(nested(), { clusters: 3, sample: 60, ...run });
    const all = await Promise.all(
      Array.from({ length: 8 }, () => api.twoPass(nested(), { clusters: 3, sample: 60, ...run })),
    );
    for (const { linkage } of all) expect(linkage).toEqual(one.linkage);
    const fits = await Promise.all(
      Array.from({ length: 8 }, () => api.kmeans(nested(), { k: 3, threads: 1 })),
    );
    for (const { centroids } of fits) expect(centroids).toEqual(fits[0].centroids);
    const labels = await Promise.all(all.map((fit) => labelsOf(fit.assign())));
    for (const found of labels) expect(found).toEqual(labels[0]);
  });

  test('one that is aborted while it waits leaves the queue', async () => {
    const controller = new AbortController();
    const X = rowsOf(900);
    const reason = new Error('enough');
    const all = Array.from({ length: 12 }, (_, i) =>
      api.linkage(X, { method: 'ward', ...run, ...(i % 3 === 2 && { signal: controller.signal }) }),
    );
    queueMicrotask(() => controller.abort(reason));
    const results = await Promise.allSettled(all);
    results.forEach((result, i) => {
      if (i % 3 === 2) expect(result).toMatchObject({ status: 'rejected', reason });
      else expect(result.status).toBe('fulfilled');
    });
  });

  test('small ones do not wait for large ones', async () => {
    const order: string[] = [];
    const large = Array.from({ length: 3 }, () =>
      api.linkage(rowsOf(3500), { method: 'ward', strategy: 'matrix' }).then(() => order.push('large')),
    );
    await new Promise((resolve) => setTimeout(resolve, 10));
    await api.linkage(rowsOf(50), run).then(() => order.push('small'));
    await Promise.all(large);
    expect(order[0]).toBe('small');
  });

  test('share the workers that one call would have', async () => {
    const wt = process.getBuiltinModule('node:worker_threads') as { Worker: unknown };
    const Original = wt.Worker as typeof import('node:worker_threads').Worker;
    let started = 0;
    wt.Worker = class extends Original {
      constructor(...args: ConstructorParameters<typeof Original>) {
        super(...args);
        started++;
      }
    };
    try {
      const X = rowsOf(900, 30);
      await Promise.all(Array.from({ length: 10 }, () => api.pdist(X, 'jensenshannon', { threads: 2 })));
      expect(started).toBe(2);
    } finally {
      wt.Worker = Original;
    }
  });
});

describe('a limit of all calls together', () => {
  test('is a size, and nothing else is set', () => {
    expect(() => api.configure({ memoryLimit: '64 apples' })).toThrow(RangeError);
    expect(() => api.configure({ memoryLimit: true } as never)).toThrow(TypeError);
    expect(() => api.configure({ memoryLimits: 1 } as never)).toThrow(
      "configure has no option 'memoryLimits'; did you mean 'memoryLimit'?",
    );
    expect(() => api.configure(undefined as never)).toThrow(TypeError);
  });

  test('is what a call may have at most', async () => {
    api.configure({ memoryLimit: '8MB' });
    await expect(api.linkage(rowsOf(3000), { method: 'median', memoryLimit: '1GB' })).rejects.toMatchObject({
      code: 'ERR_MEMORY_LIMIT',
      allowedBytes: 8e6,
    });
    const fit = await api.twoPass(rowsOf(3000), { clusters: 3, sample: 200, ...run });
    expect(fit.plan.bytes.limit).toBe(8e6);
  });

  test('holds for linear memory, whatever is called at the same time', async () => {
    const limit = 24e6;
    api.configure({ memoryLimit: limit });
    const memories: WebAssembly.Memory[] = [];
    WebAssembly.Memory = class extends Memory {
      constructor(descriptor: WebAssembly.MemoryDescriptor) {
        super(descriptor);
        memories.push(this);
      }
    };
    try {
      const data = rowsOf(20_000);
      await Promise.all(
        Array.from({ length: 40 }, async (_, i) => {
          if (i % 2) await api.linkage(rowsOf(500 + 10 * i), { method: 'average', ...run });
          else for await (const _part of api.assign(data, model, { chunkRows: 2000, ...run }));
        }),
      );
    } finally {
      WebAssembly.Memory = Memory;
    }
    const bytes = memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
    expect(bytes).toBeLessThanOrEqual(limit);
  });

  test('generators in step that hold it all: the one that is too many is told, the others go on', async () => {
    const data = rowsOf(20_000);
    const wanted = await labelsOf(api.assign(data, model, run));
    api.configure({ memoryLimit: '5MB' });
    let now = performance.now();
    vi.spyOn(performance, 'now').mockImplementation(() => (now += 400));
    const all = Array.from({ length: 30 }, () => api.assign(data, model, { chunkRows: 2000, ...run }));
    const first = await Promise.allSettled(all.map((generator) => generator.next()));
    // Nobody waits any more. With that clock each kernel call would look too slow, and do one row.
    vi.restoreAllMocks();
    const refused = first.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    for (const one of refused) {
      expect(one).toMatchObject({ reason: { code: 'ERR_MEMORY_LIMIT', busy: true } });
    }
    let right = 0;
    for (const [i, result] of first.entries()) {
      if (result.status === 'rejected') continue;
      const labels = [...(result.value.value?.labels ?? []), ...(await labelsOf(all[i]))];
      expect(labels).toEqual(wanted);
      right++;
    }
    expect(right).toBeGreaterThan(2);
    expect(refused.length + right).toBe(30);
  });
});

test('ten rounds of twenty calls leave the process small', { timeout: 120_000 }, async () => {
  const built = new URL('../../build/index.js', import.meta.url).href;
  const script = `
    import { linkage } from ${JSON.stringify(built)};
    const n = 1500;
    const data = Float64Array.from({ length: n * 8 }, (_, i) => ((i * 2654435761) >>> 9) % 997);
    for (let round = 0; round < 10; round++) {
      await Promise.all(Array.from({ length: 20 }, () => linkage({ data, rows: n, cols: 8 }, { method: 'average' })));
    }
    process.stdout.write(String(process.memoryUsage.rss()));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  expect(Number(stdout)).toBeLessThan(250e6);
});
