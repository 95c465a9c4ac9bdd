/** The summary that a command prints at its end: a small table for people, or one JSON object. */

import { formatBytes } from '../../errors.ts';
import type { Output } from '../../sinks/file.ts';
import { withShownUrls } from '../../support/text/shown-url.ts';
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

/** Most clusters in the table; of more, the largest are shown. */
const SHOWN = 20;
const BAR = 20;

/** Largest resident size of the process so far, including the runtime. */
function peakBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}

export interface ClusterLine {
  cluster: number;
  rows: number;
  share: number;
  meanDistance?: number;
  maxDistance?: number;
  /** Row numbers of the leaders; null for a mean, which is not a row. */
  leaders?: (number | null)[];
  /** Names of the leaders, if rows have names. */
  leaderNames?: (string | null)[];
}

/** A table of clusters with their sizes; `metric` is in the heading of their distances to the leaders. */
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
  // Means are not rows of the data: they have no row numbers to show.
  const withLeaders = shown.some(({ leaders }) => leaders?.some((row) => row !== null));
  const columns: Column[] = [{ heading: 'cluster' }, { heading: `${rowName}s` }, { heading: 'share' }];
  if (terminal) columns.push({ heading: '', align: 'left' });
  if (withDistance) columns.push({ heading: `mean ${metric}` });
  if (withLeaders) columns.push({ heading: leaderHeading, align: 'left' });
  const rows = shown.map(({ cluster, rows, share, meanDistance, leaders, leaderNames }) => {
    const cells = [String(cluster), formatCount(rows), `${(100 * share).toFixed(1)} %`];
    // The bar is relative to the largest cluster; the share itself is in the column beside it.
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
export function writtenLine(outputs: readonly (Output | undefined)[]): [string, string] | undefined {
  const done = outputs.filter((file) => file !== undefined);
  if (done.length === 0) return undefined;
  return [
    'Written',
    done
      .map((file) => `${file.path === '-' ? 'standard output' : file.path} (${formatBytes(file.size)})`)
      .join(', '),
  ];
}

/** The paths of outputs, for --json; null for an output that was not asked for. */
export function outputPaths(outputs: Record<string, Output | undefined>): Record<string, string | null> {
  return Object.fromEntries(Object.entries(outputs).map(([name, file]) => [name, file?.path ?? null]));
}

/** The total time, and the time of each phase that took at least 1 % of it. */
export function timeLine(session: Session): [string, string] {
  const total = performance.now() / 1000;
  const phases = Object.entries(session.progress.seconds())
    .filter(([, seconds]) => seconds >= total / 100)
    .map(([phase, seconds]) => `${phase} ${seconds < 9.995 ? seconds.toFixed(2) : formatSeconds(seconds)}`)
    .join(', ');
  return ['Time', `${formatSeconds(total)}${phases ? `: ${phases}` : ''}`];
}

/** `planned` is the memory planned for data; only the limit if the plan is not known. */
export function memoryLine(planned?: { peak?: number; limit: number }): [string, string] {
  let data = '';
  if (planned) {
    const share = planned.peak === undefined ? 'at most ' : `${formatBytes(planned.peak)} of `;
    data = `; for data ${share}${formatBytes(planned.limit)}`;
  }
  return ['Memory', `${formatBytes(peakBytes())} at its peak, Node included${data}`];
}

/** Print a summary: `facts` as JSON with --json, otherwise `text`, with warnings on stderr. */
export function report(session: Session, facts: object, text: () => string): void {
  session.progress.stop();
  // If an output goes to standard output, the summary goes to stderr.
  const print = session.stdoutTaken ? console.error : console.log;
  const warnings = [...session.warnings.values()].map((warning) => ({
    code: warning.code,
    message: messageOf(warning),
  }));
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
