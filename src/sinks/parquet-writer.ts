/** Loads the library that writes Parquet. */

import { notLoaded } from '../support/text/not-loaded.ts';
import type { ByteSink } from './sink.ts';

/**
 * The writer, and a pipe that passes its bytes on.
 * @param what is written, for the message
 * @throws PlatformError if the package is missing
 */
export async function loadWriter(what: string, out: ByteSink) {
  let library: typeof import('hyparquet-writer');
  try {
    library = await import('hyparquet-writer');
  } catch (cause) {
    throw notLoaded(`${what} as .parquet need the package`, 'hyparquet-writer', cause);
  }
  const { ByteWriter, ParquetWriter } = library;
  class Pipe extends ByteWriter {
    flush(): void {
      // Copied, since the buffer is reused.
      if (this.index > 0) out.append(this.getBytes().slice());
      this.index = 0;
    }
    override finish(): void {
      this.flush();
    }
  }
  return { Pipe, ParquetWriter };
}
