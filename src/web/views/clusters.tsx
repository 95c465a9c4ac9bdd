/** The list of clusters with their sizes, and details of the selected cluster. */
import { clusterColor } from 'coppice/plot';
import { scaleLinear } from 'd3-scale';
import { count, rowName as nameOfRows, number, percent, plural } from '../state/format.ts';
import * as state from '../state/state.ts';
import type { Members, Profile } from '../worker/protocol.ts';
import { Swatch } from './parts.tsx';

/** Most clusters in the list. The labels file contains all of them. */
const LISTED = 60;

/** Below this agreement the page advises more leaders. */
const LOW_AGREEMENT = 0.9;

export function Clusters() {
  const k = state.k.value;
  const counts = state.sampleCounts.value;
  const tally = state.currentTally.value;
  const theme = state.theme.value;
  const chosen = state.selected.value;
  if (!state.grown.value) return null;
  const shown = tally ? tally.counts : counts;
  const sum = shown.reduce((a, b) => a + b, 0) || 1;
  const most = shown.reduce((a, b) => Math.max(a, b), 1);
  const order = Array.from({ length: k }, (_, i) => i + 1);
  // Do not sort in every frame of a drag.
  if (k > LISTED && !state.dragging.value) order.sort((a, b) => shown[b - 1] - shown[a - 1]);
  return (
    <section
      class="card clusters-card"
      aria-labelledby="clusters-title"
      data-leaders={state.currentCut.value ? 'picked' : 'missing'}
    >
      <div class="card-head">
        <h2 id="clusters-title">{plural(k, 'cluster')}</h2>
        <span class="soft">
          {tally ? (tally.finished ? 'all rows' : `${count(tally.done)} rows`) : 'of the sample'}
        </span>
      </div>
      <ul
        class="clusters"
        style={{ '--digits': `${count(most).length}ch` }}
        data-counted={tally ? 'all' : 'sample'}
      >
        {order.slice(0, LISTED).map((label) => {
          const n = shown[label - 1];
          return (
            <li key={label}>
              <button
                type="button"
                class="cluster"
                aria-pressed={chosen === label}
                data-cluster={label}
                onClick={() => {
                  state.selected.value = chosen === label ? undefined : label;
                }}
              >
                <Swatch color={clusterColor(label, theme)} />
                <span class="cluster-name">{label}</span>
                <span class="bar" aria-hidden="true">
                  <span style={{ width: `${(100 * n) / most}%`, background: clusterColor(label, theme) }} />
                </span>
                <span class="cluster-count">{count(n)}</span>
                <span class="cluster-share soft">{percent(n / sum)}</span>
              </button>
            </li>
          );
        })}
      </ul>
      {k > LISTED && (
        <p class="soft help">
          The {LISTED} largest of {count(k)}.
        </p>
      )}
      <Agreement />
      {tally && tally.skipped > 0 && (
        <p class="soft help">
          {plural(tally.skipped, 'row')} skipped because of bad values; their label is 0.
        </p>
      )}
    </section>
  );
}

/** How well the leaders represent their clusters. Rows outside the sample get the label of the nearest leader. */
function Agreement() {
  const cut = state.currentCut.value;
  const rowName = state.info.value ? nameOfRows(state.info.value) : 'row';
  if (!cut) return null;
  return (
    <p class="soft help" data-agreement={cut.agreement}>
      {/* Round down, so that 100 % means all of them. */}
      {Math.floor(100 * cut.agreement)} % of the sample's {rowName}s are nearest to a leader of their own
      cluster.
      {cut.agreement < LOW_AGREEMENT && ' More leaders for each cluster can raise this share.'}
    </p>
  );
}

/** Details of one cluster: its size, its leaders, and its profile or sequences. */
export function ClusterDetail() {
  const label = state.selected.value;
  const cut = state.currentCut.value;
  const tally = state.currentTally.value;
  const profile = state.profile.value;
  const info = state.info.value;
  if (label === undefined || !info || !state.grown.value) return null;
  const inSample = state.sampleCounts.value[label - 1];
  const rows = cut ? Array.from(cut.rows).filter((_, i) => cut.labels[i] === label) : [];
  const rowName = nameOfRows(info);
  const names = cut?.names?.filter((_, i) => cut.labels[i] === label);
  return (
    <section class="card detail" aria-labelledby="detail-title" data-detail={label}>
      <div class="card-head">
        <h2 id="detail-title">
          <Swatch color={clusterColor(label, state.theme.value)} /> Cluster {label}
        </h2>
        <button
          type="button"
          class="quiet"
          onClick={() => {
            state.selected.value = undefined;
          }}
        >
          Close
        </button>
      </div>
      <dl class="facts">
        <dt>In the sample</dt>
        <dd>
          {plural(inSample, rowName)} ({percent(inSample / state.labels.value.length)})
        </dd>
        {tally && (
          <>
            <dt>{tally.finished ? 'In all' : 'So far'}</dt>
            <dd>
              {plural(tally.counts[label - 1], rowName)}, {number(tally.meanDistance[label - 1])} from their
              leaders on average
            </dd>
          </>
        )}
        <dt>{rows.length === 1 ? 'Leader' : 'Leaders'}</dt>
        <dd>
          {rows.length === 0
            ? 'being chosen …'
            : rows.every((row) => row < 0)
              ? rows.length === 1
                ? 'its mean'
                : `${rows.length} means`
              : names
                ? names.map((name) => <code class="residues">{name}</code>)
                : `${rowName} ${rows.map((row) => (row < 0 ? 'mean' : count(row))).join('; ')}`}
        </dd>
        {profile?.cluster === label && profile.members && <MemberFacts members={profile.members} />}
      </dl>
      {info.atoms === undefined && profile?.cluster === label && !profile.members && (
        <ProfilePicture profile={profile} />
      )}
    </section>
  );
}

/** Consensus and most frequent sequences of a cluster. */
function MemberFacts({ members: { motif, length, aligned, size, some } }: { members: Members }) {
  return (
    <>
      <dt>Consensus</dt>
      <dd data-members>
        <code class="residues">{motif}</code>{' '}
        <span class="soft">
          of {count(aligned)} with {plural(length, 'residue')}; a dot where the letters differ
        </span>
      </dd>
      <dt>{some.length < size ? 'Most frequent' : 'All'}</dt>
      <dd>
        {some.map((sequence) => (
          <code class="residues" key={sequence}>
            {sequence}
          </code>
        ))}
      </dd>
    </>
  );
}

const SIZE = { width: 320, height: 132, left: 40, right: 6, top: 8, bottom: 20 };

/** The mean of each column in the cluster, with the mean of the whole sample for comparison. */
function ProfilePicture({ profile }: { profile: Profile }) {
  const { mean, deviation, overall, overallDeviation, columnsEach, cluster } = profile;
  const columns = state.info.value?.columns;
  const color = clusterColor(cluster, state.theme.value);
  const n = mean.length;
  if (n <= 8) return <ProfileTable profile={profile} />;
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < n; i++) {
    low = Math.min(low, mean[i] - deviation[i], overall[i] - overallDeviation[i]);
    high = Math.max(high, mean[i] + deviation[i], overall[i] + overallDeviation[i]);
  }
  if (!(high > low)) high = low + 1;
  const x = scaleLinear([0, n - 1], [SIZE.left, SIZE.width - SIZE.right]);
  const y = scaleLinear([low, high], [SIZE.height - SIZE.bottom, SIZE.top]).nice(3);
  const line = (values: Float64Array) =>
    Array.from(values, (v, i) => `${i === 0 ? 'M' : 'L'}${x(i).toFixed(1)} ${y(v).toFixed(1)}`).join('');
  const band = (values: Float64Array, spread: Float64Array) => {
    const upper = values.map((v, i) => v + spread[i]);
    const lower = Array.from(
      values,
      (v, i) => `L${x(i).toFixed(1)} ${y(v - spread[i]).toFixed(1)}`,
    ).reverse();
    return `${line(upper)}${lower.join('')}Z`;
  };
  const last = (columns?.length === n ? columns[n - 1] : undefined) ?? String(n * columnsEach - 1);
  return (
    <figure class="profile">
      <figcaption class="field-label">Mean of each column, with one standard deviation</figcaption>
      <svg
        viewBox={`0 0 ${SIZE.width} ${SIZE.height}`}
        role="img"
        aria-label={`Mean profile of cluster ${cluster}`}
      >
        {y.ticks(3).map((tick) => (
          <g key={tick}>
            <path class="grid-line" d={`M${SIZE.left} ${y(tick)}H${SIZE.width - SIZE.right}`} />
            <text x={SIZE.left - 6} y={y(tick)} text-anchor="end" dominant-baseline="middle">
              {number(tick)}
            </text>
          </g>
        ))}
        <path d={band(mean, deviation)} fill={color} opacity="0.18" />
        <path class="overall" d={line(overall)} />
        <path d={line(mean)} fill="none" stroke={color} stroke-width="1.75" />
        <text x={SIZE.left} y={SIZE.height - 4}>
          {columns?.[0] ?? '0'}
        </text>
        <text x={SIZE.width - SIZE.right} y={SIZE.height - 4} text-anchor="end">
          {last}
        </text>
      </svg>
      <p class="soft help">
        Coloured: this cluster. Grey: the whole sample.
        {columnsEach > 1 && ` Each point is the mean of ${columnsEach} columns.`}
      </p>
    </figure>
  );
}

function ProfileTable({ profile }: { profile: Profile }) {
  const { mean, deviation, overall } = profile;
  const columns = state.info.value?.columns;
  return (
    <table class="profile-table">
      <caption class="field-label">Mean of each column</caption>
      <thead>
        <tr>
          <th scope="col">column</th>
          <th scope="col">this cluster</th>
          <th scope="col">whole sample</th>
        </tr>
      </thead>
      <tbody>
        {Array.from(mean, (value, i) => (
          <tr key={i}>
            <th scope="row">{columns?.[i] ?? i}</th>
            <td>
              {number(value)} <span class="soft">± {number(deviation[i])}</span>
            </td>
            <td>{number(overall[i])}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
