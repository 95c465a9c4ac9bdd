/** Which components of a graph are clustered at a time, so that their matrices are sure to fit. */
import { inSteps } from '../support/scheduling.ts';
import type { Components } from './components.ts';
import type { Graph } from './graph.ts';

/** Components that are clustered together. */
export interface Group {
  /** Their places in `nodes`, component after component. */
  columns: Uint32Array;
  /** What their matrix takes before and after an iteration, at most. */
  bytes: number;
  /** Whether that is within what there is. Otherwise it is one component, which may fit all the same. */
  sure: boolean;
}

/** How columns lie in memory. */
export interface ColumnRules {
  /** Entries of a column at most, but for the first matrix. */
  most: number;
  /** Bytes of a column of so many entries. */
  columnBytes: (entries: number) => number;
  blockBytes: number;
  threads: number;
  /** What there is for blocks. */
  roomBytes: number;
}

/** Bytes of the blocks that hold columns of so many bytes together, the longest of which has `longest`. */
function blocksBytes(bytes: number, longest: number, { blockBytes, threads }: ColumnRules): number {
  // A block is left for the next where a column has no room in it: two that follow each other hold more than one is
  // large, and each lacks less than the longest column. Each thread has a last one.
  const perBlock = Math.max(blockBytes - longest, blockBytes / 2);
  return (Math.ceil(bytes / perBlock) + threads) * blockBytes;
}

/**
 * All components that are to be clustered, in groups that are sure to fit: one group where all do. Those that may not
 * fit even alone come first, each by itself, so that a failure comes before other work.
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
  /** Close the group that ends before place `to` of `active`. */
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
