/**
 * Sources whose rows are prepared while they are read. The core loads this file only for models with a preparation, and passes
 * in what the file needs of it: imports would divide the core into more files.
 */

import type { BadRowError, rangeError } from '../../errors.ts';
import type { allocate } from '../../support/allocate.ts';
import type { inSteps } from '../../support/scheduling.ts';
import type { Chunk, ChunkOptions, FloatArray, Preparation, Source } from '../../types.ts';
import { altered, facade } from '../chunks/facade.ts';
import { checkPreparation } from './record.ts';
import { type Described, RowPreparer } from './rows.ts';

/** Functions of the core. */
interface Core {
  allocate: typeof allocate;
  inSteps: typeof inSteps;
  rangeError: typeof rangeError;
  BadRowError: typeof BadRowError;
}

/** Numbers that are prepared between two checks of the clock. */
const STEP = 2 ** 16;

/** A source whose rows are prepared. */
export type PreparedSource<S extends Source = Source> = S & { readonly preparation: Preparation };

/** Rows that are prepared between two checks of the clock. */
export function stepRows({ cols }: Pick<Source, 'cols'>): number {
  return Math.max(1, Math.floor(STEP / cols));
}

/**
 * Prepare the rows of a source while they are read. Each chunk of the source gives one chunk.
 * @param skips whether rows that cannot be prepared become NaN; otherwise they are errors
 * @throws RangeError for a step that is not known, or of other columns
 */
export function applied<S extends Source>(
  source: S,
  preparation: Preparation,
  skips: boolean,
  core: Core,
): PreparedSource<S> {
  const { cols, dtype, overheadBytes = 0 } = source;
  checkPreparation(preparation, cols, core.rangeError);
  let firstSkipped: string | undefined;

  async function* pass(
    chunks: AsyncIterable<Chunk>,
    { signal, stride = 1, reuse }: ChunkOptions,
  ): AsyncGenerator<Chunk, void, undefined> {
    const rows = new RowPreparer(preparation, source as Described, skips, core.BadRowError);
    let own: FloatArray | undefined;
    for await (const chunk of chunks) {
      const length = chunk.rows * cols;
      if (!own || !reuse || own.length < length) {
        own = core.allocate<FloatArray>(dtype === 'f4' ? Float32Array : Float64Array, length);
      }
      const data = own.subarray(0, length);
      await core.inSteps(chunk.rows, stepRows(source), signal, (begin, end) => {
        for (let i = begin; i < end; i++) rows.write(chunk.data, i * cols, chunk.start + i * stride, data);
      });
      firstSkipped ??= rows.firstSkipped;
      yield altered(chunk, { data });
    }
  }

  return facade(source, {
    preparation,
    // The numbers of the steps, and a row.
    sequential: source.sequential,
    overheadBytes: overheadBytes + 8 * cols * (1 + 2 * preparation.steps.length),
    onBadRow: skips ? ('skip' as const) : source.onBadRow,
    get firstSkipped() {
      return source.firstSkipped ?? firstSkipped;
    },
    // The source checks the options at once, not when the first chunk is read.
    chunks: (options: ChunkOptions) => pass(source.chunks(options), options),
  }) as unknown as PreparedSource<S>;
}

/**
 * The source as a model needs it: prepared as the rows of the model were.
 * @throws RangeError if the source is prepared already, in another way; or for a step that is not known
 */
export function preparedFor(
  source: Source,
  preparation: Preparation | undefined,
  skips: boolean,
  core: Core,
): Source {
  const own = source.preparation;
  if (!own)
    return preparation ? applied(source, preparation, skips || source.onBadRow === 'skip', core) : source;
  if (JSON.stringify(own.steps) === JSON.stringify(preparation?.steps)) return source;
  throw core.rangeError(
    `${source.name ?? 'the source'} is prepared, but ${preparation ? 'not as the rows of the model were' : 'the model is of rows that were not'}; ` +
      'pass the source as it was opened: the model prepares it',
  );
}
