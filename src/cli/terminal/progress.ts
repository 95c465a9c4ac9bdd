/** Progress of the work: a line on a terminal, removed at the end; nothing on a pipe. Also measures the time of phases. */

import cliProgress from 'cli-progress';
import { formatBytes } from '../../errors.ts';
import type { Progress } from '../../types.ts';
import { formatCount, formatSeconds } from './text.ts';

export interface ProgressView {
  update(progress: Progress): void;
  /** Bytes of a row, once known. Phases that read rows then show their rate in bytes. */
  rowBytes: number;
  /** Remove the line. */
  stop(): void;
  /** Seconds spent in each phase, in order. */
  seconds(): Record<string, number>;
}

/** The unit that each phase counts. */
const UNITS: Record<string, string> = {
  read: 'rows',
  sample: 'rows',
  distances: 'pairs',
  profiles: 'pairs',
  linkage: 'merges',
  leaders: 'clusters',
  assign: 'rows',
  count: 'rows',
  survey: 'rows',
  init: 'centroids',
  iterate: 'rows',
  label: 'rows',
  precluster: 'rows',
  edges: 'preclusters',
  mcl: 'sequences',
  clusters: 'preclusters',
  write: 'rows',
};
const READING = new Set(['read', 'sample', 'assign', 'count']);

const BAR = 24;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A bar of block characters, with a resolution of an eighth of a character. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  return '█'.repeat(eighths >> 3) + EIGHTHS[eighths & 7];
}

/** The line of a phase. @internal */
export function progressLine(at: {
  phase: string;
  done: number;
  total?: number;
  /** Seconds since the phase began. */
  elapsed: number;
  /** Seconds left, if there is an estimate. */
  left?: number;
  rowBytes: number;
  columns: number;
}): string {
  const { phase, done, total, elapsed, left, rowBytes, columns } = at;
  const unit = UNITS[phase] ?? '';
  const parts = [phase.padEnd(9)];
  if (total) {
    const share = Math.min(1, done / total);
    parts.push(`▕${bar(share, BAR).padEnd(BAR)}▏${String(Math.floor(share * 100)).padStart(3)} %`);
    parts.push(`${formatCount(done)} of ${formatCount(total)} ${unit}`);
  } else {
    parts.push(`${formatCount(done)} ${unit}`);
  }
  // The first moments give no reliable rate.
  if (elapsed > 0.3 && done > 0) {
    const rate = done / elapsed;
    parts.push(
      READING.has(phase) && rowBytes > 0
        ? `${formatBytes(rate * rowBytes)}/s`
        : `${formatCount(rate, true)} ${unit}/s`,
    );
    if (left !== undefined) parts.push(`${formatSeconds(left)} left`);
  }
  // A narrow terminal shows only the first parts.
  let line = parts.join('  ');
  while (parts.length > 1 && line.length >= columns) {
    parts.pop();
    line = parts.join('  ');
  }
  return line.slice(0, Math.max(0, columns - 1));
}

export function createProgress(stream: NodeJS.WriteStream): ProgressView {
  const seconds: Record<string, number> = {};
  let last = performance.now();
  let phase: string | undefined;
  let began = last;
  const view: ProgressView = {
    rowBytes: 0,
    update(progress) {
      const now = performance.now();
      // The time since the last report belongs to the phase that reports now.
      seconds[progress.phase] = (seconds[progress.phase] ?? 0) + (now - last) / 1000;
      last = now;
      if (progress.phase !== phase) {
        phase = progress.phase;
        began = now;
        line?.stop();
        line?.start(progress.total ?? 0, progress.done, { phase, known: progress.total !== undefined });
        return;
      }
      line?.setTotal(progress.total ?? 0);
      line?.update(progress.done, { phase, known: progress.total !== undefined });
    },
    stop() {
      line?.stop();
    },
    seconds: () => ({ ...seconds }),
  };
  const visible = stream.isTTY && process.env.TERM !== 'dumb';
  const line = visible
    ? new cliProgress.SingleBar({
        stream,
        format: (_options, params, payload) =>
          progressLine({
            phase: payload.phase,
            done: params.value,
            total: payload.known ? params.total : undefined,
            elapsed: (performance.now() - began) / 1000,
            left: payload.known && typeof params.eta === 'number' ? params.eta : undefined,
            rowBytes: view.rowBytes,
            columns: stream.columns || 80,
          }),
        // The library reports about every 10 ms: 300 reports are about three seconds.
        etaBuffer: 300,
        fps: 10,
        hideCursor: true,
        clearOnComplete: true,
        // The session handles signals; it stops the bar.
        gracefulExit: false,
      })
    : undefined;
  return view;
}
