import { parseBytes } from '../../support/text/byte-size.ts';
import { queued } from './turns.ts';

/** The address space of WebAssembly: 4 GiB. */
export const ADDRESSABLE_BYTES = 2 ** 32;

/** The limit of a call: its own limit, or else `otherwise`, but at most the limit of all calls together. */
export function readLimit(value: number | string | undefined, otherwise: number): number {
  return Math.min(value === undefined ? otherwise : parseBytes(value), queued.limit);
}

/** Memory limit of twoPass if the caller sets none. */
export const DEFAULT_LIMIT = 2 ** 30;
