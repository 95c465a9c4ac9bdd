/** The second pass of the page. It can be stopped and continued. Blobs keep the labels outside the JavaScript heap. */
import { assign, type Run, type TwoPass } from 'coppice';
import { type LabelBatch, labelSink } from 'coppice/sinks';
import { type TreeLabels, withTreeLabels } from '../../model/tree-labels.ts';
import { facade } from '../../sources/chunks/facade.ts';
import { withNames } from './names.ts';
import type { ChunkOptions, Source } from './package-types.ts';
import type { Tally } from './protocol.ts';

/** Rows per Blob. The browser may keep Blobs on disk. */
const PIECE_ROWS = 2 ** 20;
/** Rows that are written to a file at a time. PIECE_ROWS is a multiple of it. */
const SAVED_ROWS = 2 ** 16;

/** Collects the bytes of a file that is written piece by piece. */
class BlobSink {
  #parts: BlobPart[] = [];
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;

  append(bytes: Uint8Array): void {
    // Join small pieces first: a Blob of a million parts is slow.
    this.#waiting.push(bytes.slice());
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes > 2 ** 22) this.#flush();
  }

  /** Overwrite the beginning of the file. Writers change only the header later, which is in the first part. */
  patch(bytes: Uint8Array, at: number): void {
    this.#flush();
    const [first] = this.#parts;
    if (at !== 0 || !first) throw new Error('only the beginning of a file can be rewritten');
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

/** The rows of a source from row `start` on. */
function from(source: Source, start: number): Source {
  if (start === 0) return source;
  return facade(source, {
    get rows() {
      return source.rows === undefined ? undefined : source.rows - start;
    },
    chunks: (options: ChunkOptions) => source.chunks({ ...options, start }),
  });
}

/** The labels of one cut for the rows processed so far. */
export class Labels {
  readonly #model: TwoPass['model'];
  readonly #tree: TreeLabels;
  readonly #clusters: number;
  readonly #counts: Float64Array;
  readonly #sums: Float64Array;
  #done = 0;
  #skipped = 0;
  #total: number | undefined;
  #finished = false;
  #seconds = 0;
  #pieces: { labels: Blob; distances: Blob }[] = [];
  #piece = new Int32Array(PIECE_ROWS);
  #distances: Float32Array | Float64Array;
  #filled = 0;
  /** Names of the rows as JSON; empty if the rows have no names. */
  #names: Blob[] = [];
  #waiting: string[] = [];

  constructor({ model, sampleRows, sampleLabels }: TwoPass) {
    this.#model = model;
    this.#tree = { rows: sampleRows, labels: sampleLabels };
    this.#clusters = model.labels.reduce((a, b) => Math.max(a, b), 0);
    this.#counts = new Float64Array(this.#clusters);
    this.#sums = new Float64Array(this.#clusters);
    this.#distances = new Float32Array(PIECE_ROWS);
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

  /** Continue after the last labelled row. Labels already computed are kept, also if this fails or is stopped. */
  async run(
    source: Source,
    options: Run & { onBadRow: 'error' | 'skip' },
    onPart: () => void,
  ): Promise<void> {
    this.#total = source.rows;
    const before = this.#seconds;
    const start = performance.now();
    const names = new Map<number, readonly string[]>();
    const named = withNames(from(source, this.#done), (start, _, ids) => names.set(start, ids));
    const parts = assign(named, this.#model, options);
    const mended = withTreeLabels(parts, this.#tree, source.name);
    for await (const { start: row, labels, distances } of mended) {
      for (let i = 0; i < labels.length; i++) {
        const label = labels[i];
        if (label === 0) {
          this.#skipped++;
          continue;
        }
        this.#counts[label - 1]++;
        this.#sums[label - 1] += distances[i];
      }
      this.#keep(labels, distances);
      this.#name(names.get(row));
      names.delete(row);
      this.#done += labels.length;
      this.#seconds = before + (performance.now() - start) / 1000;
      onPart();
    }
    this.#finished = true;
  }

  #keep(labels: Int32Array, distances: Float32Array | Float64Array): void {
    if (this.#done === 0 && distances instanceof Float64Array) this.#distances = new Float64Array(PIECE_ROWS);
    for (let from = 0; from < labels.length; ) {
      const count = Math.min(labels.length - from, PIECE_ROWS - this.#filled);
      this.#piece.set(labels.subarray(from, from + count), this.#filled);
      this.#distances.set(distances.subarray(from, from + count), this.#filled);
      this.#filled += count;
      from += count;
      if (this.#filled === PIECE_ROWS) {
        this.#pieces.push(this.#filledPiece());
        this.#filled = 0;
      }
    }
  }

  #filledPiece(): { labels: Blob; distances: Blob } {
    return {
      labels: new Blob([this.#piece.subarray(0, this.#filled)]),
      distances: new Blob([this.#distances.subarray(0, this.#filled) as Float32Array<ArrayBuffer>]),
    };
  }

  #name(ids: readonly string[] | undefined): void {
    for (const id of ids ?? []) {
      this.#waiting.push(id);
      if (this.#waiting.length < SAVED_ROWS) continue;
      this.#names.push(new Blob([JSON.stringify(this.#waiting)]));
      this.#waiting = [];
    }
  }

  /** The labels so far, in row order. Batches are small, so that the text of a million lines is never one string. */
  async *pieces(): AsyncGenerator<LabelBatch, void> {
    let start = 0;
    const named = this.#names.length > 0 || this.#waiting.length > 0;
    const Distances = this.#distances.constructor as Float32ArrayConstructor | Float64ArrayConstructor;
    for (const piece of [...this.#pieces, this.#filledPiece()]) {
      const labels = new Int32Array(await piece.labels.arrayBuffer());
      const distances = new Distances(await piece.distances.arrayBuffer());
      for (let at = 0; at < labels.length; at += SAVED_ROWS) {
        const end = Math.min(labels.length, at + SAVED_ROWS);
        const some = { start, labels: labels.subarray(at, end), distances: distances.subarray(at, end) };
        yield named ? { ...some, ids: await this.#idsFrom(start) } : some;
        start += end - at;
      }
    }
  }

  async #idsFrom(row: number): Promise<string[]> {
    const blob = this.#names[row / SAVED_ROWS];
    return blob ? (JSON.parse(await blob.text()) as string[]) : this.#waiting;
  }

  async save(format: 'npy' | 'csv' | 'parquet', idName: string | undefined): Promise<Blob> {
    const out = new BlobSink();
    const columns = { distances: true, ...(idName === undefined ? {} : { idName }) };
    const sink = await labelSink(format, out, format === 'npy' ? {} : columns);
    for await (const batch of this.pieces()) sink.write(batch);
    sink.finish();
    return out.blob('application/octet-stream');
  }
}
