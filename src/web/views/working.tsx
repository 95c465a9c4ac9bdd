/** Progress of the current work, with a stop button, and messages after it. */
import { count, duration, rate } from '../state/format.ts';
import * as state from '../state/state.ts';
import { Problem } from './parts.tsx';

const PHASES: Record<string, { words: string; of: string }> = {
  vectors: { words: 'Converting sequences to numbers', of: 'sequences' },
  sample: { words: 'Reading the sample', of: 'rows' },
  distances: { words: 'Computing distances', of: 'pairs' },
  profiles: { words: 'Computing profiles', of: 'pairs' },
  linkage: { words: 'Building the tree', of: 'merges' },
  projection: { words: 'Projecting the sample onto a plane', of: 'pictures' },
  leaders: { words: 'Choosing leaders', of: 'clusters' },
  assign: { words: 'Labelling all rows', of: 'rows' },
};

export function Working() {
  const work = state.work.value;
  const now = state.progress.value;
  if (work !== 'grow' && work !== 'label') return null;
  const { phase = work === 'grow' ? 'sample' : 'assign', done = 0, total, rate: speed = 0, left } = now ?? {};
  const { words, of } = PHASES[phase] ?? { words: phase, of: 'steps' };
  const part = total ? Math.min(1, done / total) : undefined;
  return (
    <section class="card working" aria-labelledby="working-title">
      <div class="working-head">
        <h2 id="working-title">{words}</h2>
        <button type="button" class="stop" data-action="stop" onClick={() => void state.stop()}>
          Stop
        </button>
      </div>
      <progress value={part} max={1} aria-labelledby="working-title" />
      <p class="working-facts">
        <span>
          {count(done)}
          {total !== undefined && ` of ${count(total)}`} {of}
        </span>
        <span>{speed > 0 && `${rate(speed)} ${of}/s`}</span>
        <span>{left !== undefined && `${duration(left)} left`}</span>
      </p>
    </section>
  );
}

/** Messages after the work has ended: error, stop, warnings. */
export function Aftermath() {
  const tally = state.currentTally.value;
  return (
    <>
      <Problem at="work" />
      {state.stopped.value && state.work.value === undefined && (
        <div class="note" role="status" data-note="stopped">
          {tally && !tally.finished
            ? `Stopped after ${count(tally.done)} rows. Their labels are kept: continue, or save them.`
            : state.grown.value
              ? 'Stopped. The previous tree is still shown.'
              : 'Stopped. The file is still open.'}
        </div>
      )}
      {state.warnings.value.map((message) => (
        <div class="note" role="status" key={message}>
          {message}
        </div>
      ))}
    </>
  );
}
