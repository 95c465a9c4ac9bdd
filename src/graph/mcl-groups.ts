/** Decides which components of a graph are clustered at the same time, so that their matrices certainly fit. */
import { inSteps } from '../support/scheduling.ts';
import type { Components } from './components.ts';
import type { Graph } from './graph.ts';

/** Components that are clustered at the same time. */
export interface Group {
  /** Their positions in `nodes`, component by component. */
  columns: Uint32Array;
  /** Most bytes of their matrices before and after an iteration together. */
  bytes: number;
  /** Whether `bytes` is within the limit. Otherwise the group is one component, which may fit nevertheless. */
  sure: boolean;
}

/** How columns are stored in memory. */
interface ColumnRules {
  /** Most entries of a column, except in the first matrix. */
  most: number;
  /** Bytes of a column with this number of entries. */
  columnBytes: (entries: number) => number;
  blockBytes: number;
  threads: number;
  /** Bytes available for blocks. */
  roomBytes: number;
}

/** Bytes of the blocks for columns of `bytes` in all, the longest of which has `longest`. */
function blocksBytes(bytes: number, longest: number, { blockBytes, threads }: ColumnRules): number {
  // A thread begins a new block when a column does not fit in the current one. Two consecutive blocks hold more than one full
  // block, and each has less than the longest column unused. Each thread has a last block.
  const perBlock = Math.max(blockBytes - longest, blockBytes / 2);
  return (Math.ceil(bytes / perBlock) + threads) * blockBytes;
}

/**
 * Divide all components to be clustered into groups that certainly fit: one group if all fit together. Components that may
 * not fit even alone come first, each in a group of its own, so that a failure occurs before other work.
 */
export async function planGroups(
  { active, firsts, nodes }: Components,
  { offsets }: Graph,
  rules: ColumnRules,
  signal: AbortSignal | undefined,
): Promise<Group[]> {
  const { most, columnBytes, roomBytes } = rules;
  const large: Group[] = [];
  const groups: Group[] = [];
  let from = 0;
  let bytes = 0;
  let longest = 0;
  const both = (sum: number, widest: number) => 2 * blocksBytes(sum, widest, rules);
  /** Close the group that ends before position `to` of `active`. */
  const close = (to: number) => {
    if (to > from)
      groups.push({ columns: active.subarray(from, to), bytes: both(bytes, longest), sure: true });
    bytes = 0;
    longest = 0;
  };
  let begin = 0;
  await inSteps(active.length, 2 ** 16, signal, (first, last) => {
    for (let a = first; a < last; a++) {
      if (a + 1 < active.length && firsts[active[a + 1]] === firsts[active[a]]) continue;
      const size = a + 1 - begin;
      let sum = 0;
      let widest = 0;
      for (let b = begin; b <= a; b++) {
        const node = nodes[active[b]];
        const column = columnBytes(Math.max(Math.min(size, most), offsets[node + 1] - offsets[node] + 1));
        sum += column;
        widest = Math.max(widest, column);
      }
      if (both(sum, widest) > roomBytes) {
        close(begin);
        large.push({ columns: active.subarray(begin, a + 1), bytes: both(sum, widest), sure: false });
        from = a + 1;
      } else {
        if (both(bytes + sum, Math.max(longest, widest)) > roomBytes) {
          close(begin);
          from = begin;
        }
        bytes += sum;
        longest = Math.max(longest, widest);
      }
      begin = a + 1;
    }
  });
  close(active.length);
  return [...large, ...groups];
}
