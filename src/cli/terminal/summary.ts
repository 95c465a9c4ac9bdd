/** What a command says at its end: to people as a small table, to machines as one JSON object. */

import { formatBytes } from '../../errors.ts';
import type { OutputFile } from '../../sinks/file.ts';
import { withShownUrls } from '../../support/shown-url.ts';
import { messageOf } from './errors.ts';
import { bar } from './progress.ts';
import type { Session } from './session.ts';
import {
  type Column,
  formatCount,
  formatNumber,
  formatSeconds,
  plural,
  printable,
  printableJson,
  table,
} from './text.ts';

/** Clusters that the table shows; of more only the largest. */
const SHOWN = 20;
const BAR = 20;

/** Largest resident size of the process so far, the runtime included. */
export function peakBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}

export interface ClusterLine {
  cluster: number;
  rows: number;
  share: number;
  meanDistance?: number;
  /** Rows of the data that stand for it; null for a mean, which is no row. */
  leaders?: (number | null)[];
  /** What these are called, where rows have names. */
  leaderNames?: (string | null)[];
}

/** Clusters with their sizes; `metric` heads their distances to the leaders. */
export function clusterTable(
  clusters: readonly ClusterLine[],
  rowName: string,
  { metric, leaderHeading = 'leaders' }: { metric?: string; leaderHeading?: string } = {},
): string {
  const shown = [...clusters]
    .sort((a, b) => b.rows - a.rows || a.cluster - b.cluster)
    .slice(0, SHOWN)
    .sort((a, b) => a.cluster - b.cluster);
  const largest = shown.reduce((most, { share }) => Math.max(most, share), 0);
  const terminal = process.stdout.isTTY === true;
  const withDistance = metric !== undefined && shown.some(({ meanDistance }) => meanDistance !== undefined);
  // Means are no rows: there is nothing to look up.
  const withLeaders = shown.some(({ leaders }) => leaders?.some((row) => row !== null));
  const columns: Column[] = [{ heading: 'cluster' }, { heading: `${rowName}s` }, { heading: 'share' }];
  if (terminal) columns.push({ heading: '', align: 'left' });
  if (withDistance) columns.push({ heading: `mean ${metric}` });
  if (withLeaders) columns.push({ heading: leaderHeading, align: 'left' });
  const rows = shown.map(({ cluster, rows, share, meanDistance, leaders, leaderNames }) => {
    const cells = [String(cluster), formatCount(rows), `${(100 * share).toFixed(1)} %`];
    // The largest cluster fills the bar: shares are in the column beside it.
    if (terminal) cells.push(bar(largest > 0 ? share / largest : 0, BAR));
    if (withDistance) cells.push(formatNumber(meanDistance as number));
    if (withLeaders) cells.push(leaderList(leaderNames ?? leaders ?? []));
    return cells;
  });
  let text = table(columns, rows);
  const hidden = clusters.length - shown.length;
  if (hidden > 0) {
    const rest = clusters.reduce((n, c) => n + c.rows, 0) - shown.reduce((n, c) => n + c.rows, 0);
    text += `\n  and ${plural(hidden, 'smaller cluster')} with ${formatCount(rest)} ${rowName}s together`;
  }
  return text;
}

function leaderList(leaders: readonly (number | string | null)[]): string {
  const rows = leaders.filter((row) => row !== null);
  const shown = rows.slice(0, 4).join(', ');
  return rows.length > 4 ? `${shown}, ...` : shown;
}

/** 'labels.npy (16.1 kB), ...' */
export function writtenLine(outputs: readonly (OutputFile | undefined)[]): [string, string] | undefined {
  const done = outputs.filter((file) => file !== undefined);
  if (done.length === 0) return undefined;
  return [
    'Written',
    done
      .map((file) => `${file.path === '-' ? 'standard output' : file.path} (${formatBytes(file.size)})`)
      .join(', '),
  ];
}

/** Where outputs went, for machines: null for what was not asked for. */
export function outputPaths(outputs: Record<string, OutputFile | undefined>): Record<string, string | null> {
  return Object.fromEntries(Object.entries(outputs).map(([name, file]) => [name, file?.path ?? null]));
}

/** The whole time, and that of the phases that took a part of it worth a word. */
export function timeLine(session: Session): [string, string] {
  const total = performance.now() / 1000;
  const phases = Object.entries(session.progress.seconds())
    .filter(([, seconds]) => seconds >= total / 100)
    .map(([phase, seconds]) => `${phase} ${seconds < 9.995 ? seconds.toFixed(2) : formatSeconds(seconds)}`)
    .join(', ');
  return ['Time', `${formatSeconds(total)}${phases ? `: ${phases}` : ''}`];
}

/** `planned` is what was set aside for data; the limit alone where that is not known. */
export function memoryLine(planned?: { peak?: number; limit: number }): [string, string] {
  let data = '';
  if (planned) {
    const share = planned.peak === undefined ? 'at most ' : `${formatBytes(planned.peak)} of `;
    data = `; for data ${share}${formatBytes(planned.limit)}`;
  }
  return ['Memory', `${formatBytes(peakBytes())} at its peak, Node included${data}`];
}

/** Print a summary: `facts` as JSON where that was asked for, else `text` with warnings on stderr. */
export function report(session: Session, facts: object, text: () => string): void {
  session.progress.stop();
  // Where an output has standard output, what is said goes beside it.
  const print = session.stdoutTaken ? console.error : console.log;
  const warnings = [...session.warnings].map(([code, message]) => ({ code, message: messageOf(message) }));
  if (session.json) {
    const seconds = { ...session.progress.seconds(), total: performance.now() / 1000 };
    const rounded = Object.fromEntries(Object.entries(seconds).map(([k, v]) => [k, Number(v.toFixed(4))]));
    const all = { ...facts, seconds: rounded, peakBytes: peakBytes(), warnings };
    const shown = (_: string, value: unknown) => (typeof value === 'string' ? withShownUrls(value) : value);
    print(printableJson(JSON.stringify(all, shown)));
    return;
  }
  for (const { message } of warnings) console.error(`coppice: warning: ${message}`);
  print(printable(withShownUrls(text())));
}
