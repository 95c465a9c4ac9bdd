/** The report of `coppice cluster`. */

import { formatBytes } from '../../errors.ts';
import type { Assignment } from '../../model/assign.ts';
import type { DendrogramSvgOptions } from '../../plot/dendrogram/dendrogram.ts';
import { DEFAULT_LIMIT } from '../../runtime/memory/limits.ts';
import type { Output, OutputFile } from '../../sinks/file.ts';
import type { TwoPass } from '../../twopass/two-pass.ts';
import type { Labelled, Labelling } from '../files/labelling.ts';
import type { ClusterFlags } from '../flags/options.ts';
import type { Session } from '../terminal/session.ts';
import type { ClusterLine } from '../terminal/summary.ts';
import { formatCount, plural } from '../terminal/text.ts';
import { type Content, count, number } from './html.ts';
import { methodOfCluster } from './methods.ts';
import { writeReport } from './report.ts';
import { mostRows, ReportSample } from './sample.ts';

interface Known {
  labelled: Labelled;
  clusters: readonly ClusterLine[];
  options: DendrogramSvgOptions;
  outputs: Record<string, Output | undefined>;
}

const PICKS = { medoid: 'medoids', random: 'drawn at random', centroid: 'means' };

/** Choose rows while rows are labelled, and write the report afterwards. */
export function reportCluster(rows: Labelling, fit: TwoPass, flags: ClusterFlags) {
  const memoryLimit = flags.memory ?? DEFAULT_LIMIT;
  const most = mostRows(rows.source.cols, memoryLimit);
  const sample = new ReportSample(most, flags.seed ?? 0, fit.sampleRows);
  return {
    see: (part: Assignment) => sample.see(part),
    write: (session: Session, file: OutputFile, { labelled, clusters, options, outputs }: Known) =>
      writeReport(session, file, {
        opened: rows.opened,
        labelled,
        clusters,
        model: fit.model,
        leaderHeading: flags.pick === 'random' ? 'leaders' : `typical ${rows.rowName}s`,
        method: methodOfCluster(fit, flags, labelled.rows),
        facts: planOf(fit, flags, labelled),
        tree: { linkage: fit.linkage, options },
        sample,
        run: { ...session.run(flags), memoryLimit },
        outputs,
      }),
  };
}

/** Rounded down, so that 100 % means all rows. */
export const agreementText = (agreement: number): string =>
  `${(Math.floor(agreement * 1000) / 10).toFixed(1)} %`;

/** The plan of the run, and how well it did. */
function planOf(
  { plan, model, agreement }: TwoPass,
  flags: ClusterFlags,
  { rowName, rows: total }: Labelled,
): [string, Content][] {
  const how =
    plan.sample === total
      ? 'all there are'
      : plan.stride === undefined
        ? 'drawn at random'
        : `one of every ${formatCount(plan.stride)}`;
  return [
    ['Sample', [count(plan.sample), ` ${rowName}${plan.sample === 1 ? '' : 's'}, ${how}`]],
    [
      'Tree',
      `${plan.method} linkage of ${plan.metric} ${flags.profiles ? 'profiles' : 'distances'}, ` +
        (plan.tree === 'linear' ? 'without a matrix of distances' : 'from a matrix of distances'),
    ],
    ['Leaders', `${plural(model.leaders.rows, rowName)}, ${PICKS[flags.pick ?? 'medoid']}`],
    [
      'Agreement',
      [
        number(agreement, agreementText(agreement)),
        ` of the sample's ${rowName}s are nearest to a leader of their own cluster`,
      ],
    ],
    [
      'Memory',
      [
        ...(plan.rows === undefined
          ? []
          : [number(plan.bytes.peak, formatBytes(plan.bytes.peak)), ' planned of ']),
        number(plan.bytes.limit, formatBytes(plan.bytes.limit)),
      ],
    ],
  ];
}
