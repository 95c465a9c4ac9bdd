/** Results of rows that are kept on disk between two passes, beside the output that needs them. Never committed. */

import * as fs from 'node:fs';
import { OutputFile } from '../../sinks/file.ts';

const NUMBERS = 2;
const BATCH_ROWS = 16_384;

export class Scratch extends OutputFile {
  /** @param beside the output */
  constructor(beside: string) {
    super(`${beside}.rows`);
  }

  add(clusters: Int32Array, distances: ArrayLike<number>): void {
    const rows = new Float64Array(NUMBERS * clusters.length);
    for (let i = 0; i < clusters.length; i++) {
      rows[NUMBERS * i] = clusters[i];
      rows[NUMBERS * i + 1] = distances[i];
    }
    this.append(new Uint8Array(rows.buffer));
  }

  /** Read what was added, in order. `take(count)` returns cluster and distance of the next rows, one after another. */
  reader(): { take(count: number): Float64Array; close(): void } {
    this.flush();
    const named = <T>(work: () => T): T => {
      try {
        return work();
      } catch (error) {
        throw this.explain(error);
      }
    };
    const file = named(() => fs.openSync(this.temporary, 'r'));
    let at = 0;
    return {
      take: (count) => {
        const wanted = new Float64Array(NUMBERS * count);
        const bytes = new Uint8Array(wanted.buffer);
        for (let done = 0; done < bytes.length; ) {
          const want = Math.min(bytes.length - done, 8 * NUMBERS * BATCH_ROWS);
          const got = named(() => fs.readSync(file, bytes, done, want, at));
          if (got === 0) throw new Error(`${this.path} has fewer rows than the table`);
          done += got;
          at += got;
        }
        return wanted;
      },
      close: () => named(() => fs.closeSync(file)),
    };
  }
}
