/** The sections about the clusters: their sizes, and what tells each apart. */

import type { ClusterDescription } from '../../clusters/describe-clusters.ts';
import type { Silhouette } from '../../validation/silhouette.ts';
import type { Labelled } from '../files/labelling.ts';
import type { ClusterLine } from '../terminal/summary.ts';
import { formatCount, plural } from '../terminal/text.ts';
import { type Content, count, type Html, h, name, number, percent, section, table } from './html.ts';
import type { Plot } from './pictures.ts';
import type { LookedAt } from './sample.ts';

/** Most clusters that have a line, and that are described. */
const MOST_LINES = 500;
const MOST_DESCRIBED = 60;
const MOST_LEADERS = 4;

interface Clusters {
  clusters: readonly ClusterLine[];
  labelled: Labelled;
  leaderHeading: string;
  model: { metric: string };
}

/** The largest of some clusters, in their order. */
function largest<C extends { rows: number }>(clusters: readonly C[], most: number): C[] {
  if (clusters.length <= most) return [...clusters];
  const kept = new Set([...clusters].sort((a, b) => b.rows - a.rows).slice(0, most));
  return clusters.filter((cluster) => kept.has(cluster));
}

/** A cluster beside its colour in the pictures. */
function marked({ clusterColor }: Plot, place: number, text: string): Content {
  const [light, dark] = [clusterColor(place + 1), clusterColor(place + 1, 'dark')];
  return [h('span', { class: 'dot', style: `--light:${light};--dark:${dark}` }), text];
}

function leadersOf({ leaders = [], leaderNames }: ClusterLine): Content {
  const shown = (leaderNames ?? leaders).filter((one) => one !== null);
  const some = shown.slice(0, MOST_LEADERS).map((one, i) => [i > 0 ? ', ' : '', name(String(one))]);
  return shown.length > MOST_LEADERS ? [some, ', \u2026'] : some;
}

export function clusterSection(
  plot: Plot,
  { clusters, labelled, leaderHeading, model }: Clusters,
  rows: LookedAt | undefined,
  silhouettes: Silhouette | undefined,
): Html {
  const shown = largest(clusters, MOST_LINES);
  const place = new Map(clusters.map(({ cluster }, i) => [cluster, i]));
  const most = shown.reduce((max, { share }) => Math.max(max, share), 0);
  const bySilhouette = new Map(silhouettes?.clusters.map((one) => [one.cluster, one]));
  const withLeaders = shown.some(({ leaders }) => leaders?.some((row) => row !== null));
  const columns = [
    { heading: 'cluster', text: true as const },
    { heading: `${labelled.rowName}s` },
    { heading: 'share' },
    { heading: '', text: true as const },
    { heading: `mean ${model.metric}` },
    { heading: `largest ${model.metric}` },
    ...(silhouettes ? [{ heading: 'silhouette' }] : []),
    ...(withLeaders ? [{ heading: leaderHeading, text: true as const }] : []),
  ];
  const lines = shown.map((one): Content[] => {
    const silhouette = bySilhouette.get(one.cluster);
    return [
      marked(plot, place.get(one.cluster) ?? 0, String(one.cluster)),
      count(one.rows),
      percent(one.share),
      h('span', { class: 'bar', style: `width:${((80 * one.share) / (most || 1)).toFixed(1)}px` }),
      number(one.meanDistance ?? 0),
      number(one.maxDistance ?? 0),
      ...(silhouettes ? [silhouette ? number(silhouette.mean, silhouette.mean.toFixed(2)) : ''] : []),
      ...(withLeaders ? [leadersOf(one)] : []),
    ];
  });
  const hidden = clusters.length - shown.length;
  const notes = [
    `Distances are those to the nearest ${withLeaders ? 'leader' : 'centre'} of a cluster.`,
    silhouettes && rows
      ? `Silhouettes are those of ${plural(rows.rows, labelled.rowName)}: 1 is far from other clusters, below 0 is nearer to another; their mean is ${silhouettes.mean.toFixed(2)}.`
      : '',
    hidden > 0
      ? `Only the ${formatCount(shown.length)} largest of ${formatCount(clusters.length)} clusters are shown.`
      : '',
  ];
  return section(
    'Clusters',
    table(columns, lines, { class: 'clusters' }),
    h('p', { class: 'soft' }, notes.filter(Boolean).join(' ')),
  );
}

const effectText = (effect: number) =>
  Number.isFinite(effect)
    ? effect.toFixed(2)
    : Number.isNaN(effect)
      ? '-'
      : effect > 0
        ? '\u221e'
        : '-\u221e';

export function describeSection(
  plot: Plot,
  labels: readonly number[],
  descriptions: readonly ClusterDescription[],
  rows: LookedAt,
  { rowName }: Labelled,
  prepared: boolean,
): Html | undefined {
  if (descriptions.length === 0) return undefined;
  const shown = largest(descriptions, MOST_DESCRIBED);
  const tables = shown.map(({ cluster, columns }) =>
    h('div', {}, [
      h('h3', {}, marked(plot, labels.indexOf(cluster), `Cluster ${cluster}`)),
      table(
        [
          { heading: 'column', text: true },
          { heading: 'effect' },
          { heading: 'mean' },
          { heading: 'spread' },
          { heading: 'other mean' },
          { heading: 'other spread' },
        ],
        columns.map((one) => [
          name(one.name ?? String(one.column)),
          number(one.effect, effectText(one.effect)),
          number(one.mean),
          number(one.spread),
          number(one.otherMean),
          number(one.otherSpread),
        ]),
      ),
    ]),
  );
  const hidden = descriptions.length - shown.length;
  return section(
    'What tells clusters apart',
    h(
      'p',
      { class: 'soft' },
      `For each cluster the columns with the largest effect: the difference between its mean and that of all other clusters, in standard deviations (Cohen's d); from ${plural(rows.rows, rowName)}${prepared ? ', as they were prepared' : ''}.${hidden > 0 ? ` The ${formatCount(shown.length)} largest clusters.` : ''}`,
    ),
    h('div', { class: 'side' }, tables),
  );
}
