/** Pictures, as SVG or PNG. The drawing code is loaded when a picture is asked for. */

import path from 'node:path';
import { isMonotonic } from '../../hierarchy/validate.ts';
import type { DendrogramSvgOptions } from '../../plot/dendrogram/dendrogram.ts';
import { loadRenderer, toPng } from '../../plot/png.ts';
import type { OutputFile } from '../../sinks/file.ts';
import type { TwoPass } from '../../twopass/two-pass.ts';
import type { Z } from '../../types.ts';
import type { CutFlags } from '../flags/options.ts';
import { isCalled } from '../flags/values.ts';
import { UsageError } from '../terminal/errors.ts';
import { plural } from '../terminal/text.ts';

const isPng = (path: string) => path.toLowerCase().endsWith('.png');

/** @throws UsageError for another extension */
export function checkPicture(option: string, path: string): void {
  if (isCalled(path, 'svg') || isPng(path)) return;
  throw new UsageError(`${option} must name a .svg or a .png file, got ${JSON.stringify(path)}`);
}

/** Load the renderer of a picture, before any work is done. @throws PlatformError if it is missing */
export async function prepareRenderer(path: string | undefined): Promise<void> {
  if (path !== undefined && isPng(path)) await loadRenderer();
}

/** Write a picture in the format of its name. */
export async function writePicture(file: OutputFile, svg: string, path: string, scale = 1): Promise<void> {
  if (!isPng(path)) file.append(new TextEncoder().encode(svg));
  else file.append(await toPng(svg, { scale }));
}

export async function drawTree(
  file: OutputFile,
  Z: Z,
  options: DendrogramSvgOptions,
  path: string,
): Promise<void> {
  const { dendrogramSvg } = await import('../../plot/dendrogram/dendrogram.ts');
  await writePicture(file, dendrogramSvg(Z, options), path);
}

/** A height at which a cut leaves k clusters: halfway between two merges. Undefined if there is none, or heights fall. */
function heightFor(Z: Z, k: number): number | undefined {
  const n = Z.length / 4 + 1;
  if (k < 2 || k >= n || !isMonotonic(Z)) return undefined;
  const [below, above] = [Z[4 * (n - 1 - k) + 2], Z[4 * (n - k) + 2]];
  return below < above ? (below + above) / 2 : undefined;
}

/** The picture of the sample's tree, with the cut that made the clusters. */
export function sampleTree(
  fit: TwoPass,
  { clusters, distance, profiles }: CutFlags & { profiles?: boolean },
  { name: input, rowName, nameOf }: { name: string; rowName: string; nameOf(row: number): string },
): DendrogramSvgOptions {
  const cut = clusters === undefined ? distance : heightFor(fit.linkage, clusters);
  const { plan } = fit;
  return {
    title: `${path.basename(input)}: ${plan.method} linkage of ${plural(plan.sample, rowName)}`,
    yLabel: profiles ? 'distance between profiles' : plan.metric,
    // A leaf is a position in the sample; its label is the row's name or number in the data.
    leafLabelFunc: (node) => leafLabel(node, fit, nameOf),
    maxD: cut === undefined || cut === 0 ? undefined : cut,
  };
}

function leafLabel(node: number, { sampleRows, linkage }: TwoPass, nameOf: (row: number) => string): string {
  const n = sampleRows.length;
  return node < n ? nameOf(sampleRows[node]) : `(${linkage[4 * (node - n) + 3]})`;
}
