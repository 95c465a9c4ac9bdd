/** The second pass as the page runs it: it can be stopped and gone on with, and its labels are kept outside of the heap. */
import { assign, type Model, type Run } from 'coppice';
import { labelSink } from 'coppice/sinks';
import type { ChunkOptions, Source } from './coppice.ts';
import type { Tally } from './protocol.ts';

/** Labels that are handed over to the browser at a time, which may keep them on disk. */
const PIECE_ROWS = 2 ** 20;

/** Bytes of a file that is made in pieces. */
export class BlobSink {
  #parts: BlobPart[] = [];
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;

  append(bytes: Uint8Array): void {
    // Small pieces are gathered: a Blob of a million parts is slow.
    this.#waiting.push(bytes.slice());
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes > 2 ** 22) this.#flush();
  }

  /** Only the head is ever mended, and it was the first to come. */
  patch(bytes: Uint8Array, at: number): void {
    this.#flush();
    const [first] = this.#parts;
    if (at !== 0 || !first) throw new Error('only the beginning of a file can be mended');
    this.#parts.splice(0, 1, bytes.slice(), (first as Blob).slice(bytes.length));
  }

  blob(type: string): Blob {
    this.#flush();
    return new Blob(this.#parts, { type });
  }

  #flush(): void {
    if (this.#waiting.length === 0) return;
    this.#parts.push(new Blob(this.#waiting as BlobPart[]));
    this.#waiting = [];
    this.#waitingBytes = 0;
  }
}

/** A source from a row on. */
function from(source: Source, start: number): Source {
  if (start === 0) return source;
  return {
    cols: source.cols,
    dtype: source.dtype,
    name: source.name,
    rows: source.rows === undefined ? undefined : source.rows - start,
    overheadBytes: source.overheadBytes,
    chunks: (options: ChunkOptions) => source.chunks({ ...options, start }),
  };
}

/** Labels of one cut: as many as there are by now. */
export class Labels {
  readonly #model: Model;
  readonly #clusters: number;
  readonly #counts: Float64Array;
  readonly #sums: Float64Array;
  #done = 0;
  #skipped = 0;
  #total: number | undefined;
  #finished = false;
  #seconds = 0;
  #pieces: Blob[] = [];
  #piece = new Int32Array(PIECE_ROWS);
  #filled = 0;

  constructor(model: Model) {
    this.#model = model;
    this.#clusters = model.labels.reduce((a, b) => Math.max(a, b), 0);
    this.#counts = new Float64Array(this.#clusters);
    this.#sums = new Float64Array(this.#clusters);
  }

  get tally(): Tally {
    return {
      k: this.#clusters,
      done: this.#done,
      total: this.#finished ? this.#done : this.#total,
      skipped: this.#skipped,
      counts: this.#counts.slice(),
      meanDistance: this.#sums.map((sum, i) => (this.#counts[i] > 0 ? sum / this.#counts[i] : 0)),
      finished: this.#finished,
      seconds: this.#seconds,
    };
  }

  /** Go on from the row that was reached. What has been labelled stays, however this ends. */
  async run(
    source: Source,
    options: Run & { onBadRow: 'error' | 'skip' },
    onPart: () => void,
  ): Promise<void> {
    this.#total = source.rows;
    const before = this.#seconds;
    const start = performance.now();
    for await (const { labels, distances } of assign(from(source, this.#done), this.#model, options)) {
      for (let i = 0; i < labels.length; i++) {
        const label = labels[i];
        if (label === 0) {
          this.#skipped++;
          continue;
        }
        this.#counts[label - 1]++;
        this.#sums[label - 1] += distances[i];
      }
      this.#keep(labels);
      this.#done += labels.length;
      this.#seconds = before + (performance.now() - start) / 1000;
      onPart();
    }
    this.#finished = true;
  }

  #keep(labels: Int32Array): void {
    for (let from = 0; from < labels.length; ) {
      const count = Math.min(labels.length - from, PIECE_ROWS - this.#filled);
      this.#piece.set(labels.subarray(from, from + count), this.#filled);
      this.#filled += count;
      from += count;
      if (this.#filled === PIECE_ROWS) {
        this.#pieces.push(new Blob([this.#piece]));
        this.#filled = 0;
      }
    }
  }

  /** The labels that there are, in the order of the rows. */
  async *pieces(): AsyncGenerator<{ start: number; labels: Int32Array }, void> {
    let start = 0;
    for (const piece of [...this.#pieces, new Blob([this.#piece.subarray(0, this.#filled)])]) {
      const labels = new Int32Array(await piece.arrayBuffer());
      yield { start, labels };
      start += labels.length;
    }
  }

  async save(format: 'npy' | 'csv' | 'parquet'): Promise<Blob> {
    const out = new BlobSink();
    const sink = await labelSink(format, out);
    const distances = new Float32Array(0);
    for await (const { start, labels } of this.pieces()) {
      // In steps, so that the text of a million lines is not one string.
      for (let at = 0; at < labels.length; at += 65_536) {
        sink.write({ start: start + at, labels: labels.subarray(at, at + 65_536), distances });
      }
    }
    sink.finish();
    return out.blob('application/octet-stream');
  }
}
