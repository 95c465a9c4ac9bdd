/** The plan: memory, sample, expected time, more options, and the button that starts clustering. */
import { METHODS, METRICS } from 'coppice';
import { bytes, count, duration, rowName } from '../state/format.ts';
import * as state from '../state/state.ts';
import type { FitChoice } from '../worker/protocol.ts';
import { Field, Problem } from './parts.tsx';

const MEMORIES = [32e6, 64e6, 128e6, 256e6, 512e6, 1e9, 2e9, 3e9];

const METHOD_WORDS: Record<string, string> = {
  ward: 'ward: compact clusters',
  average: 'average: mean distance between members',
  complete: 'complete: distance of the farthest pair',
  single: 'single: distance of the nearest pair',
  weighted: 'weighted',
  centroid: 'centroid',
  median: 'median',
};

/** The slider for the memory limit. */
export function MemoryField({ onChoose }: { onChoose?(): void }) {
  const { memory } = state.fitChoice.value;
  return (
    <label class="field">
      <span class="field-label">
        Memory <output class="field-value">{bytes(memory)}</output>
      </span>
      <input
        type="range"
        min={0}
        max={MEMORIES.length - 1}
        step={1}
        value={MEMORIES.indexOf(memory)}
        aria-label="Memory"
        aria-valuetext={bytes(memory)}
        onInput={(event) => state.choose({ memory: MEMORIES[Number(event.currentTarget.value)] })}
        onChange={onChoose}
      />
    </label>
  );
}

export function PlanPanel({ wide = false }: { wide?: boolean }) {
  const info = state.info.value;
  if (!info) return null;
  const found = state.forecast.value;
  const busy = state.work.value !== undefined;
  const grown = state.grown.value;
  return (
    <section class={wide ? 'card plan plan-wide' : 'card plan'} aria-labelledby="plan-title">
      <h2 id="plan-title">Plan</h2>
      <MemoryField />
      {found && <Planned />}
      <Problem at="plan" />
      <More />
      <button
        type="button"
        class="primary wide"
        disabled={busy || !found}
        onClick={() => void state.grow()}
        data-action="cluster"
      >
        {grown ? 'Cluster again' : 'Cluster'}
      </button>
    </section>
  );
}

const about = (seconds: number) => (seconds < 1 ? duration(seconds) : `about ${duration(seconds)}`);

function Planned() {
  const found = state.forecast.value;
  const info = state.info.value;
  if (!found || !info) return null;
  const { plan, seconds } = found;
  const how =
    plan.strategy === 'stride'
      ? plan.stride === 1
        ? 'all of them'
        : `every ${plan.stride}th`
      : plan.rows === undefined
        ? 'at most, drawn at random'
        : 'drawn at random';
  const all = info.rows;
  return (
    <dl class="facts plan-facts">
      <dt>Sample</dt>
      <dd>
        {count(plan.sample)} {rowName(info)}s, {how}
        {all !== undefined &&
          all >= 2 * plan.sample &&
          plan.stride === undefined &&
          ` (1 in ${count(all / plan.sample)})`}
      </dd>
      <dt>Tree</dt>
      <dd>
        {plan.method} linkage of {plan.metric} distances
        {plan.tree === 'linear' && ', computed without a distance matrix'}
      </dd>
      <dt>Peak</dt>
      <dd>{bytes(plan.bytes.peak)}</dd>
      <dt>Time</dt>
      <dd>
        {about(seconds.sample + seconds.distances + seconds.linkage + seconds.projection)} for the tree,{' '}
        {about(seconds.leaders + seconds.label)} for all labels
      </dd>
    </dl>
  );
}

function More() {
  const choice = state.fitChoice.value;
  const { sizing } = choice;
  const kind = sizing === undefined ? 'fit' : 'stride' in sizing ? 'stride' : 'sample';
  const plan = state.forecast.value?.plan;
  const leaders = state.leaderChoice.value;
  const whole = (text: string, least: number) => Math.max(least, Math.floor(Number(text)) || least);
  const setKind = (next: string) => {
    const sample = plan?.sample ?? 1000;
    const rows = state.info.value?.rows ?? sample;
    state.choose({
      sizing:
        next === 'fit'
          ? undefined
          : next === 'sample'
            ? { sample: Math.min(sample, rows) }
            : { stride: Math.max(1, Math.ceil(rows / sample)) },
    });
  };
  return (
    <details class="more">
      <summary>More options</summary>
      <Field label="Distance between rows">
        <select
          value={choice.metric}
          onChange={(event) => state.choose({ metric: event.currentTarget.value as FitChoice['metric'] })}
        >
          {METRICS.map((metric) => (
            <option key={metric}>{metric}</option>
          ))}
        </select>
      </Field>
      <Field label="Distance between clusters">
        <select
          value={choice.method}
          onChange={(event) => state.choose({ method: event.currentTarget.value as FitChoice['method'] })}
        >
          {METHODS.toSorted(
            (a, b) => Object.keys(METHOD_WORDS).indexOf(a) - Object.keys(METHOD_WORDS).indexOf(b),
          ).map((method) => (
            <option key={method} value={method} disabled={!state.takes(choice, method)}>
              {METHOD_WORDS[method] ?? method}
            </option>
          ))}
        </select>
      </Field>
      <Field label="Sample">
        <span class="with-number">
          <select
            aria-label="How the sample is chosen"
            value={kind}
            onChange={(event) => setKind(event.currentTarget.value)}
          >
            <option value="fit">as large as memory allows</option>
            <option value="sample">a number of rows, at random</option>
            <option value="stride">every n-th row</option>
          </select>
          {sizing && (
            <input
              type="number"
              min={kind === 'sample' ? 2 : 1}
              aria-label={kind === 'sample' ? 'Rows in the sample' : 'Stride'}
              value={'stride' in sizing ? sizing.stride : sizing.sample}
              onChange={(event) => {
                const { value } = event.currentTarget;
                state.choose({
                  sizing: kind === 'sample' ? { sample: whole(value, 2) } : { stride: whole(value, 1) },
                });
              }}
            />
          )}
        </span>
      </Field>
      <Field label="Leaders of each cluster">
        <span class="with-number">
          <select
            aria-label="How leaders are chosen"
            value={leaders.pick}
            onChange={(event) => {
              const pick = event.currentTarget.value as typeof leaders.pick;
              state.leaderChoice.value = { ...leaders, pick };
            }}
          >
            <option value="medoid">most typical rows (medoids)</option>
            <option value="centroid">means</option>
            <option value="random">drawn at random</option>
          </select>
          <input
            type="number"
            min={1}
            max={50}
            aria-label="Leaders for each cluster"
            value={leaders.perCluster}
            onChange={(event) => {
              state.leaderChoice.value = {
                ...leaders,
                perCluster: Math.min(50, whole(event.currentTarget.value, 1)),
              };
            }}
          />
        </span>
      </Field>
      <Field label="Seed of the random numbers">
        <input
          type="number"
          min={0}
          value={choice.seed}
          onChange={(event) => state.choose({ seed: whole(event.currentTarget.value, 0) })}
        />
      </Field>
      <label class="check">
        <input
          type="checkbox"
          checked={choice.profiles}
          onChange={(event) => state.choose({ profiles: event.currentTarget.checked })}
        />
        Cluster profiles: each row's distances to all rows of the sample
      </label>
    </details>
  );
}
