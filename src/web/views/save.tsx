/** Starts the second pass, and saves its results. */
import { useState } from 'preact/hooks';
import { count, plural, rowName } from '../state/format.ts';
import * as state from '../state/state.ts';
import type { SaveKind } from '../worker/protocol.ts';
import { Problem } from './parts.tsx';
import { commandLine, program } from './snippets.ts';

export function Finish() {
  const grown = state.grown.value;
  if (!grown) return null;
  const tally = state.currentTally.value;
  const busy = state.work.value !== undefined;
  const k = state.k.value;
  const rows = grown.rows;
  const one = state.info.value ? rowName(state.info.value) : 'row';
  const partial = tally !== undefined && !tally.finished && !busy;
  return (
    <section class="card finish" aria-labelledby="finish-title">
      <div class="finish-part">
        <h2 id="finish-title">Label everything</h2>
        {tally?.finished ? (
          <p>
            {plural(tally.done, one)} labelled in {plural(k, 'cluster')}
            {tally.seconds >= 1 && `, in ${tally.seconds.toFixed(1)} s`}.
          </p>
        ) : (
          <p class="soft">
            Assign {rows === undefined ? 'every row' : `each of the ${plural(rows, one)}`} to the cluster of
            its nearest leader. Do this when the cut is right.
          </p>
        )}
        <div class="row-of-buttons">
          {!tally?.finished && (
            <button
              type="button"
              class="primary"
              disabled={busy}
              data-action="label"
              onClick={() => void state.labelAll(partial)}
            >
              {partial ? `Continue from ${one} ${count(tally.done)}` : 'Label everything'}
            </button>
          )}
        </div>
        <Saves />
      </div>
      <Snippets />
    </section>
  );
}

function Saves() {
  const tally = state.currentTally.value;
  const saving = state.saving.value;
  const busy = state.work.value !== undefined || saving !== undefined;
  const button = (kind: SaveKind | 'tree.png' | 'scatter.png', label: string, disabled = false) => (
    <button
      type="button"
      class="quiet"
      disabled={busy || disabled}
      data-save={kind}
      aria-busy={saving === kind}
      onClick={() => void state.save(kind)}
    >
      {label}
    </button>
  );
  const none = tally === undefined || tally.done === 0;
  const what = tally && !tally.finished ? ` of ${count(tally.done)} rows` : '';
  return (
    <>
      <dl class="saves">
        <dt>Labels{what}</dt>
        <dd>
          {button('labels.csv', 'CSV', none)}
          {button('labels.npy', 'NPY', none)}
          {button('labels.parquet', 'Parquet', none)}
        </dd>
        <dt>Model</dt>
        <dd>{button('model', 'safetensors')}</dd>
        <dt>Linkage</dt>
        <dd>{button('linkage', 'NPY')}</dd>
        <dt>Tree</dt>
        <dd>
          {button('tree.svg', 'SVG')}
          {button('tree.png', 'PNG')}
        </dd>
        <dt>Sample</dt>
        <dd>
          {button('scatter.svg', 'SVG')}
          {button('scatter.png', 'PNG')}
        </dd>
      </dl>
      <Problem at="save" />
      {state.saved.value.length > 0 && (
        <p class="soft help" data-note="saved">
          Saved: {state.saved.value.join(', ')}
        </p>
      )}
    </>
  );
}

/** Commands and code that repeat this clustering outside the page. */
function Snippets() {
  const grown = state.grown.value;
  const info = state.info.value;
  const [kind, setKind] = useState<'cli' | 'js'>('cli');
  const [copied, setCopied] = useState(false);
  if (!grown || !info) return null;
  const recipe = {
    info,
    read: { ...state.readChoice.value, idColumn: info.idColumn },
    fit: grown.choice,
    leaders: state.leaderChoice.value,
    k: state.k.value,
    sample: grown.asked,
    base: state.baseName(),
  };
  const text = kind === 'cli' ? commandLine(recipe) : program(recipe);
  return (
    <div class="snippets">
      <div class="card-head">
        <h3>Repeat this outside the page</h3>
        <fieldset class="switch">
          <legend class="out-of-sight">Language</legend>
          {(['cli', 'js'] as const).map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={kind === one}
              onClick={() => {
                setKind(one);
                setCopied(false);
              }}
            >
              {one === 'cli' ? 'Shell' : 'JavaScript'}
            </button>
          ))}
        </fieldset>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
      <pre class="snippet" tabIndex={0} data-snippet={kind}>
        <code>{text}</code>
      </pre>
      <button
        type="button"
        class="quiet"
        onClick={() => {
          void navigator.clipboard.writeText(text).then(() => setCopied(true));
        }}
      >
        {copied ? 'Copied' : 'Copy'}
      </button>
    </div>
  );
}
