/**
 * Runs the HDF5 library in a worker, which can be terminated if a call does not end. The worker itself reads only files
 * that are given by path. For other files it asks the main thread for parts, one at a time.
 */

import { Library } from './library.ts';
import { LibraryError, type Problem } from './library-error.ts';
import { LibraryFile } from './library-file.ts';
import type { Parts } from './pieces.ts';

/** The methods of LibraryFile that can be called. */
export type Call =
  | 'open'
  | 'datasets'
  | 'dataset'
  | 'children'
  | 'text'
  | 'texts'
  | 'number'
  | 'numbers'
  | 'read';

/** Main thread to worker. */
export type Order =
  /** `beats` is incremented before and after each read of a file, so it is odd during a read. */
  | { type: 'load'; url: string; beats?: SharedArrayBuffer }
  | { type: 'call'; file: number; place: RemotePlace; mostBytes: number; call: Call; args: unknown[] }
  | { type: 'part'; bytes?: Uint8Array }
  | { type: 'close'; file: number };

export interface RemotePlace {
  path?: string;
  others?: boolean;
  /** Set if the bytes are fetched in parts. */
  byteLength?: number;
  gapBytes?: number;
  keptBytes?: number;
}

/** Worker to main thread. */
export type Report =
  | { type: 'ready' }
  | { type: 'value'; value: unknown }
  | { type: 'problem'; problem: Problem }
  /** `spare` is memory for the bytes. */
  | { type: 'want'; start: number; end: number; spare?: ArrayBuffer };

interface Port {
  postMessage(data: unknown, transfer?: Transferable[]): void;
  on?(event: 'message', listener: (data: Order) => void): void;
  onmessage?: ((event: MessageEvent<Order>) => void) | null;
}

const threads = (
  globalThis as { process?: { getBuiltinModule?(name: string): unknown } }
).process?.getBuiltinModule?.('node:worker_threads') as
  | { isMainThread: boolean; parentPort: Port | null }
  | undefined;
const port = threads && !threads.isMainThread ? threads.parentPort! : (globalThis as unknown as Port);

const report = (message: Report, transfer?: Transferable[]) => port.postMessage(message, transfer);

let library: Library;
const files = new Map<number, LibraryFile>();
let arrived: (bytes: Uint8Array | undefined) => void = () => {};

function partsOf({ byteLength, gapBytes, keptBytes }: RemotePlace): Parts | undefined {
  if (byteLength === undefined) return undefined;
  return {
    byteLength,
    gapBytes,
    keptBytes,
    async fetch(start, end, spare) {
      report({ type: 'want', start, end, spare }, spare && [spare]);
      const bytes = await new Promise<Uint8Array | undefined>((resolve) => {
        arrived = resolve;
      });
      // The main thread knows the reason, and throws it.
      if (!bytes) throw new Error('the bytes did not come');
      return bytes;
    },
  };
}

function problemOf(error: unknown): Problem {
  if (error instanceof LibraryError) return error.problem;
  return { kind: 'platform', message: error instanceof Error ? error.message : String(error), fatal: true };
}

async function obey(order: Order): Promise<void> {
  switch (order.type) {
    case 'load': {
      const beats = order.beats && new Int32Array(order.beats);
      const load = () => import(/* @vite-ignore */ order.url);
      library = await Library.load(load, () => beats && Atomics.add(beats, 0, 1));
      return report({ type: 'ready' });
    }
    case 'call': {
      const { place, mostBytes, call, args } = order;
      let file = files.get(order.file);
      if (!file) {
        file = new LibraryFile(library, { ...place, parts: partsOf(place) }, mostBytes);
        files.set(order.file, file);
      }
      const value = await (file[call] as (...args: unknown[]) => Promise<unknown>)(...args);
      const transfer = ArrayBuffer.isView(value) ? [value.buffer as ArrayBuffer] : [];
      return report({ type: 'value', value }, transfer);
    }
    case 'part':
      return arrived(order.bytes);
    case 'close': {
      const file = files.get(order.file);
      files.delete(order.file);
      file?.close();
      return report({ type: 'value', value: undefined });
    }
  }
}

const onOrder = (order: Order) => {
  obey(order).catch((error) => report({ type: 'problem', problem: problemOf(error) }));
};
if (port.on) port.on('message', onOrder);
else port.onmessage = ({ data }) => onOrder(data);
