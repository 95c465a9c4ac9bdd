/** The tree, and the controls for its cut. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { type Hover, TreeCanvas } from '../canvas/tree.ts';
import { count, number, plural, rowName } from '../state/format.ts';
import * as state from '../state/state.ts';

export function TreeView() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const handle = useRef<HTMLDivElement>(null);
  const view = useRef<TreeCanvas>(undefined);
  const [hover, setHover] = useState<Hover>();
  const [roots, setRoots] = useState(false);
  useEffect(() => {
    if (!canvas.current || !handle.current) return;
    const made = new TreeCanvas(canvas.current, handle.current, setHover);
    view.current = made;
    // On a small screen the new tree may be below the visible area: scroll to it.
    const { top } = canvas.current.getBoundingClientRect();
    if (top > globalThis.innerHeight - 160)
      canvas.current.closest('section')?.scrollIntoView({ behavior: 'smooth' });
    return () => made.close();
  }, []);
  const grown = state.grown.value;
  if (!grown) return null;
  const { tree } = grown;
  const one = state.info.value ? rowName(state.info.value) : 'row';
  const k = state.k.value;
  const height = state.cutHeight.value;
  return (
    <section class="card tree-card" aria-labelledby="tree-title">
      <div class="card-head">
        <h2 id="tree-title">Tree of {plural(tree.n, one)}</h2>
        <div class="tools" role="toolbar" aria-label="View of the tree">
          <label class="check tool">
            <input
              type="checkbox"
              checked={roots}
              onChange={(event) => {
                setRoots(event.currentTarget.checked);
                if (view.current) view.current.roots = event.currentTarget.checked;
              }}
            />
            √ of heights
          </label>
          <button type="button" class="tool" aria-label="Pan left" onClick={() => view.current?.pan(-0.25)}>
            ‹
          </button>
          <button type="button" class="tool" aria-label="Zoom out" onClick={() => view.current?.zoom(1.6)}>
            −
          </button>
          <button type="button" class="tool" aria-label="Zoom in" onClick={() => view.current?.zoom(1 / 1.6)}>
            +
          </button>
          <button type="button" class="tool" aria-label="Pan right" onClick={() => view.current?.pan(0.25)}>
            ›
          </button>
          <button type="button" class="tool wide-tool" onClick={() => view.current?.fit()}>
            All
          </button>
        </div>
      </div>
      <div class="tree-plot">
        <canvas
          ref={canvas}
          role="img"
          aria-label={`Dendrogram of ${plural(tree.n, one)}, highest merge at ${number(tree.highest)}, cut into ${plural(k, 'cluster')}`}
        />
        <div
          ref={handle}
          class="cut-handle"
          role="slider"
          tabIndex={0}
          aria-label="Height of the cut"
          aria-orientation="vertical"
          aria-valuemin={0}
          aria-valuemax={Number(number(tree.highest * 1.06).replaceAll(',', ''))}
          aria-valuenow={Number(height.toPrecision(4))}
          aria-valuetext={`${number(height)}: ${plural(k, 'cluster')}`}
          data-k={k}
          onKeyDown={(event) => {
            if (event.ctrlKey || event.metaKey || event.altKey) return;
            if (view.current?.key(event.key)) event.preventDefault();
          }}
        >
          <span class="cut-count">{plural(k, 'cluster')}</span>
        </div>
        {hover && (
          <div class="tip" style={{ left: `${hover.x}px`, top: `${hover.y}px` }} aria-hidden="true">
            merge at {number(tree.height[hover.node])}
            <br />
            {plural(tree.size(hover.node), one)}
          </div>
        )}
      </div>
      <CutBar />
    </section>
  );
}

/** The number of clusters, with suggestions. */
function CutBar() {
  const tree = state.grown.value?.tree;
  const k = state.k.value;
  const [open, setOpen] = useState<string>();
  if (!tree) return null;
  const hints = state.suggestions.value;
  const told = hints.find(({ name }) => name === open);
  return (
    <>
      <div class="cut-bar">
        <fieldset class="stepper">
          <legend class="out-of-sight">Number of clusters</legend>
          <button
            type="button"
            aria-label="One cluster fewer"
            disabled={k <= 1}
            onClick={() => state.stepK(-1)}
          >
            −
          </button>
          <input
            type="number"
            min={1}
            max={tree.mostK}
            value={k}
            aria-label="Number of clusters"
            onChange={(event) => state.setK(Math.floor(Number(event.currentTarget.value)) || 1)}
          />
          <button
            type="button"
            aria-label="One cluster more"
            disabled={k >= tree.mostK}
            onClick={() => state.stepK(1)}
          >
            +
          </button>
        </fieldset>
        <p class="soft cut-height">cut at {number(state.cutHeight.value)}</p>
        {hints.length > 0 && (
          <ul class="hints" aria-label="Suggested numbers of clusters">
            {hints.map(({ k: hinted, name, meaning }) => (
              <li key={name}>
                <button
                  type="button"
                  class="hint"
                  aria-pressed={hinted === k}
                  title={meaning}
                  data-hint={name}
                  onClick={() => {
                    state.setK(hinted);
                    setOpen(name);
                  }}
                >
                  <strong>{count(hinted)}</strong> {name}
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
      <p class="soft help">
        {told
          ? `${told.k}, ${told.name}: ${told.meaning}`
          : 'Drag the dashed line, or move it with the arrow keys. The keys + and − change the number of clusters. Ctrl + wheel zooms; dragging the tree moves it.'}
      </p>
    </>
  );
}
