/** Size of the scratch of a search in linear memory (search.ts). The host computes the same (lib/sizes.ts). */
import { wholePart } from '../../lib/sizes';

export const TILE: u32 = 128;
/** Bytes of the state of a query. */
export const TOP: u32 = 160;
/** Most queries of a batch. */
const QUERIES: u32 = 64;

/** Queries per batch: as many as fit in 32 KiB of the cache, at least 4 and at most QUERIES; a multiple of 4. */
@inline
export function batchOf(d: u32): u32 {
  return max<u32>(4, min<u32>(QUERIES, wholePart(8192, 4 * d) * 4));
}

/** Bytes of scratch per thread, for rows of d coordinates. */
export function linkageLinearScratchBytes(d: u32): u32 {
  return TILE + batchOf(d) * TOP + batchOf(d) * d * 4;
}
