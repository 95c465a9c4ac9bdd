import { parseBytes } from '../../support/byte-size.ts';
import { queued } from './turns.ts';

/** What WebAssembly can address: 4 GiB. */
export const ADDRESSABLE_BYTES = 2 ** 32;

/** What a call may have: what it names, or else `otherwise`, and not more than all calls together. */
export function readLimit(value: number | string | undefined, otherwise: number): number {
  return Math.min(value === undefined ? otherwise : parseBytes(value), queued.limit);
}

/** Memory that twoPass takes where the caller names no limit. */
export const DEFAULT_LIMIT = 2 ** 30;
