/** A batch run's files: the manifest, the model and the segments, one of which is damaged. */

import { crc32 } from '../formats/crc32.mjs';
import { api, Digest } from '../reading.mjs';

const ROWS = 40;
const COLS = 3;

function vectors(from) {
  const data = Float32Array.from({ length: ROWS * COLS }, (_, i) => Math.sin(from + i * 1.7) * 5);
  return { data, rows: ROWS, cols: COLS };
}

async function filesOf(store) {
  const files = [];
  for (const { name, bytes } of await store.list()) files.push([name, await store.read(name, 0, bytes)]);
  return files;
}

/** All of a run that a store holds: rows, labels, batches. */
async function readRun(store) {
  const batches = await api.BatchClustering.resume(store, { threads: 1, onWarning() {} });
  const digest = new Digest();
  try {
    for (const batch of batches.batches) digest.text(JSON.stringify(batch));
    for await (const part of batches.clusters({ clusters: 2, method: 'single' })) {
      digest.numbers(part.rows);
      digest.numbers(part.labels);
      digest.numbers(part.vectors.data);
    }
    return { digest: String(digest), rows: batches.rows };
  } finally {
    await batches.close?.();
  }
}

/** What the run is before the first batch and after each: any of these may be left of it. */
const whole = [];
/** All files of the run as it should be. */
let files = [];

export default {
  name: 'manifest',
  async seeds() {
    whole.length = 0;
    const store = api.memoryStore('run');
    const run = await api.BatchClustering.train(vectors(0), { store, k: 2, threads: 1, onWarning() {} });
    const keep = async () => {
      const copy = api.memoryStore('copy');
      for (const [file, bytes] of await filesOf(store)) await copy.append(file, bytes);
      whole.push(await readRun(copy));
    };
    await keep();
    for (const [i, from] of [0, 100, 200].entries()) {
      await run.precluster(vectors(from), { name: `batch ${i}`, onWarning() {} });
      await keep();
    }
    files = (await filesOf(store)).filter(([file]) => !file.startsWith('lock'));
    return files.map(([file, bytes]) => ({ name: file, bytes, options: { file } }));
  },
  ways: ['bytes'],
  words: [
    '{',
    '}',
    '"',
    ',',
    ':',
    'null',
    '-1',
    '0',
    '1e99',
    '"rows"',
    '"segments"',
    '"seg-00000000.seg"',
    '"../x"',
    '\n',
  ],
  edits: {
    /** Right again by its checksum, so that what the line says is looked at. */
    sumLines(bytes) {
      const lines = Buffer.from(bytes).toString('latin1').split('\n');
      if (!lines[0]?.includes('coppice-batches')) return bytes;
      const text = lines
        .map((line) => {
          const json = Buffer.from(line.slice(9), 'latin1');
          return line.length > 9 ? `${crc32(json).toString(16).padStart(8, '0')} ${line.slice(9)}` : line;
        })
        .join('\n');
      return new Uint8Array(Buffer.from(text, 'latin1'));
    },
  },
  async run(bytes, { options: { file } }) {
    const store = api.memoryStore('run');
    for (const [name, data] of files) {
      await store.append(name, name === file ? bytes : data);
    }
    return readRun(store);
  },
  /** A checksum covers every byte of it. The end of the manifest may be cut, as a killed run leaves it. */
  accepted: ({ edits, result }) =>
    edits.includes('sumLines') || whole.some(({ digest }) => digest === result.digest)
      ? undefined
      : 'accepted with another result although checksums cover it',
};
