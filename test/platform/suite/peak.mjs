/**
 * One call under a memory limit, for memory.test.ts: prints what linear memory came to at most.
 * Arguments: the call, the limit in bytes, and 'baseline' to do it with next to nothing.
 */
import * as api from '../../../build/index.js';
import * as sources from '../../../build/sources.js';

const [call, limit, small, file] = process.argv.slice(2);
const options = { memoryLimit: Number(limit), threads: 2, onProgress: look };

/** Memories that may still be there. */
const memories = [];
const { Memory } = WebAssembly;
WebAssembly.Memory = class extends Memory {
  constructor(descriptor) {
    super(descriptor);
    memories.push(new WeakRef(this));
  }
};
let linearBytes = 0;
function look() {
  const sum = memories.reduce((sum, ref) => sum + (ref.deref()?.buffer.byteLength ?? 0), 0);
  linearBytes = Math.max(linearBytes, sum);
}

function rows(n, cols) {
  const data = new Float32Array(n * cols);
  for (let i = 0; i < data.length; i++) data[i] = ((i * 7919) % 10007) + 20_000 * ((i >>> 6) % 5);
  return { data, rows: n, cols };
}

/** As many rows as asked for, of which none is ever kept. */
async function* stream(n, cols) {
  const row = new Float32Array(cols);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < cols; j++) row[j] = ((i * 31 + j * 7919) % 10007) + 20_000 * (i % 5);
    yield row;
  }
}

const n = small ? 50 : undefined;
const X = rows(12_000, 16);
const first = (most) => {
  const count = n ?? most;
  return { data: X.data.subarray(0, count * 16), rows: count, cols: 16 };
};
const calls = {
  pdist: () => api.pdist(first(12_000), 'euclidean', options),
  rmsd: () =>
    api.pdist(
      { ...first(10_000), rows: n ?? 10_000, cols: 15, data: X.data.subarray(0, (n ?? 10_000) * 15) },
      'rmsd',
      options,
    ),
  'linkage with the square': () => api.linkage(first(6000), { ...options, method: 'average' }),
  'linkage without it': () => api.linkage(first(9000), { ...options, method: 'average' }),
  async 'two passes'() {
    const source = sources.fromIterable(() => stream(n ?? 300_000, 16), {
      ...{ cols: 16, dtype: 'f4', rows: n ?? 300_000 },
    });
    const fit = await api.twoPass(source, { ...options, clusters: 5 });
    for await (const { labels } of fit.assign()) if (labels.length === 0) throw new Error('no labels');
  },
};
/** Text of so many bytes that is made when it is read: lines of `lineBytes`, of numbers of one digit. */
function text(byteLength, lineBytes, separator) {
  return {
    byteLength,
    async slice(start, end) {
      const out = new Uint8Array(end - start);
      for (let i = 0; i < out.length; i++) {
        const at = (start + i) % lineBytes;
        out[i] = at === lineBytes - 1 ? 10 : at % 2 === 0 ? 49 + ((start + i) % 7) : separator;
      }
      return out;
    },
  };
}

/** Open a text with lines beyond what the limit allows: it is refused. */
async function refuse(format, size) {
  try {
    await sources.open(text(size, size, 44), { format, memoryLimit: Number(limit) });
  } catch (error) {
    if (error.code !== 'ERR_FORMAT') throw error;
  }
}
for (const format of ['csv', 'jsonl']) {
  calls[`a line of 200 MB (${format})`] = () => refuse(format, small ? 1000 : 200e6);
}
/** The longest lines that the limit allows. */
calls['wide lines (csv)'] = async () => {
  const bytes = small ? 1000 : 2 * Math.floor(Number(limit) / 70);
  const source = await sources.open(text(20 * bytes, bytes, 44), {
    format: 'csv',
    memoryLimit: Number(limit),
  });
  for await (const { rows } of source.chunks({ chunkRows: 1, reuse: true })) {
    if (rows !== 1) throw new Error('no rows');
  }
};
/** A file, with as large a sample as fits. */
calls.file = async () => {
  const source = await sources.open(file, { memoryLimit: Number(limit) });
  const fit = await api.twoPass(source, {
    ...options,
    ...{ threads: 1, clusters: 4, strategy: 'matrix', ...(small && { sample: 50 }) },
  });
  for await (const { labels } of fit.assign()) if (labels.length === 0) throw new Error('no labels');
};
await calls[call]();
look();
console.log(JSON.stringify({ linearBytes }));
