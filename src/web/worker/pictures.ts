/** Pictures for saving, drawn by the functions of coppice/plot. */
import { isMonotonic, type TwoPass } from 'coppice';
import { clusterColor, dendrogramSvg, scatterSvg } from 'coppice/plot';
import type { Plane } from './projecting.ts';

interface Scene {
  fit: TwoPass;
  plane: Plane | undefined;
  theme: 'light' | 'dark';
  columns: readonly [number, number] | undefined;
  name: string;
  /** The name of a row of the data. */
  nameOf(row: number): string;
}

/** The height of a cut that gives the current clusters, halfway between two merges; undefined if no height does. */
function heightOf({ linkage, sampleLabels }: TwoPass): number | undefined {
  const n = linkage.length / 4 + 1;
  const k = sampleLabels.reduce((a, b) => Math.max(a, b), 0);
  if (k < 2 || k >= n || !isMonotonic(linkage)) return undefined;
  const [below, above] = [linkage[4 * (n - 1 - k) + 2], linkage[4 * (n - k) + 2]];
  return below < above ? (below + above) / 2 : undefined;
}

function drawTree({ fit, theme, name, nameOf }: Scene): string {
  const { linkage, sampleLabels, sampleRows, plan } = fit;
  const n = sampleRows.length;
  const cut = heightOf(fit);
  // A cluster has the same colour here, in the scatter plot and on the page.
  const clusterOf = new Int32Array(2 * n - 1);
  clusterOf.set(sampleLabels);
  for (let i = 0; i < n - 1; i++) {
    const [left, right] = [clusterOf[linkage[4 * i]], clusterOf[linkage[4 * i + 1]]];
    clusterOf[n + i] = left === right ? left : 0;
  }
  return dendrogramSvg(linkage, {
    title: `${name}: ${plan.method} linkage of ${n.toLocaleString('en')} rows`,
    yLabel: plan.metric,
    theme,
    maxD: cut,
    // With a cut height, dendrogramSvg finds the same colours itself, also for clusters of one leaf.
    linkColorFunc: cut === undefined ? (node) => clusterColor(clusterOf[node], theme) : undefined,
    leafLabelFunc: (node) => (node < n ? nameOf(sampleRows[node]) : `(${linkage[4 * (node - n) + 3]})`),
  });
}

async function drawScatter({ fit, plane, theme, name }: Scene): Promise<string> {
  const { sample, sampleLabels, model } = fit;
  if (!sample || !plane) throw new Error('there are no points to draw');
  const flat = async (rows: typeof sample) => ({
    data: await plane.of(rows),
    rows: rows.rows,
    cols: 2,
  });
  return scatterSvg(await flat(sample), sampleLabels, {
    title: name,
    xLabel: plane.names[0],
    yLabel: plane.names[1],
    leaders: await flat(model.leaders),
    leaderLabels: model.labels,
    theme,
  });
}

export async function draw(kind: 'tree.svg' | 'scatter.svg', scene: Scene): Promise<string> {
  return kind === 'tree.svg' ? drawTree(scene) : drawScatter(scene);
}
