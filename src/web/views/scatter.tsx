/** The sample as a scatter plot, and the clusters of a trajectory over time. */
import { clusterColor } from 'coppice/plot';
import { useEffect, useRef } from 'preact/hooks';
import { ScatterCanvas } from '../canvas/scatter.ts';
import { count } from '../state/format.ts';
import * as state from '../state/state.ts';

/** Most columns in the axis menus. */
const OFFERED = 200;

export function ScatterView() {
  const info = state.info.value;
  const projected = state.projected.value;
  if (!info || !projected) return null;
  const axes = state.axes.value;
  const offered = Math.min(info.cols, OFFERED);
  const names = Array.from({ length: offered }, (_, j) => info.columns?.[j] ?? `column ${j}`);
  const pick = (axis: 0 | 1, value: string) => {
    const column = Number(value);
    const [x, y] = axes === 'pca' ? [0, Math.min(1, info.cols - 1)] : axes;
    void state.chooseAxes(axis === 0 ? [column, y] : [x, column]);
  };
  return (
    <section class="card scatter-card" aria-labelledby="scatter-title">
      <div class="card-head">
        <h2 id="scatter-title">Sample</h2>
        {info.cols > 2 && (
          <div class="axes">
            <select
              aria-label="What the picture shows"
              value={axes === 'pca' ? 'pca' : 'columns'}
              onChange={(event) =>
                void state.chooseAxes(event.currentTarget.value === 'pca' ? 'pca' : [0, 1])
              }
            >
              <option value="pca">principal components</option>
              <option value="columns">two columns</option>
            </select>
            {axes !== 'pca' &&
              ([0, 1] as const).map((axis) => (
                <select
                  key={axis}
                  aria-label={axis === 0 ? 'Across' : 'Upwards'}
                  value={axes[axis]}
                  onChange={(event) => pick(axis, event.currentTarget.value)}
                >
                  {names.map((name, j) => (
                    <option key={name} value={j}>
                      {name}
                    </option>
                  ))}
                </select>
              ))}
          </div>
        )}
      </div>
      <Points
        label={`${count(projected.points.length / 2)} rows of the sample, ${projected.names[1]} over ${projected.names[0]}, coloured by cluster; rings are leaders`}
      />
      <p class="soft help axis-names">
        across: {projected.names[0]} · upwards: {projected.names[1]} · rings: leaders
      </p>
    </section>
  );
}

function Points({ label }: { label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (!canvas.current) return;
    const view = new ScatterCanvas(canvas.current);
    return () => view.close();
  }, []);
  return (
    <div class="scatter-plot">
      <canvas ref={canvas} role="img" aria-label={label} />
    </div>
  );
}

/** The clusters of a trajectory over time: one lane per cluster up to 12 clusters, else one lane for all. */
export function Strip() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const info = state.info.value;
  const grown = state.grown.value;
  const labels = state.labels.value;
  const chosen = state.selected.value;
  const theme = state.theme.value;
  const k = state.k.value;
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context || !grown) return;
    const ratio = globalThis.devicePixelRatio || 1;
    const { width, height } = element.getBoundingClientRect();
    element.width = Math.round(width * ratio);
    element.height = Math.round(height * ratio);
    const { sampleRows } = grown;
    const last = (grown.rows ?? sampleRows[sampleRows.length - 1]) || 1;
    const lanes = k <= 12 ? k : 1;
    const lane = element.height / lanes;
    for (let i = 0; i < sampleRows.length; i++) {
      const from = (sampleRows[i] / last) * element.width;
      const to = ((sampleRows[i + 1] ?? last) / last) * element.width;
      const label = labels[i];
      context.globalAlpha = chosen === undefined || chosen === label ? 1 : 0.2;
      context.fillStyle = clusterColor(label, theme);
      const y = lanes === 1 ? 0 : (label - 1) * lane;
      context.fillRect(from, y + 1, Math.max(1, Math.min(to - from, 3 * ratio)), Math.max(1, lane - 2));
    }
  }, [grown, labels, chosen, theme, k]);
  if (info?.atoms === undefined || !grown) return null;
  const lanes = k <= 12 ? k : 1;
  return (
    <section class="card" aria-labelledby="strip-title">
      <h2 id="strip-title">Over time</h2>
      <canvas
        ref={canvas}
        class="strip"
        style={{ height: `${Math.max(36, Math.min(150, 14 * lanes))}px` }}
        role="img"
        aria-label={`Clusters over time, from frame 0 to frame ${count(grown.rows ?? 0)}`}
      />
      <p class="soft help strip-ends">
        <span>frame 0</span>
        <span>{count((grown.rows ?? 1) - 1)}</span>
      </p>
    </section>
  );
}
