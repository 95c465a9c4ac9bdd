/** The report of `coppice kmeans`. */

import { formatBytes } from '../../errors.ts';
import type { KMeans } from '../../kmeans/kmeans.ts';
import type { Assignment } from '../../model/assign.ts';
import { DEFAULT_LIMIT } from '../../runtime/memory/limits.ts';
import type { Output, OutputFile } from '../../sinks/file.ts';
import type { Labelled, Labelling } from '../files/labelling.ts';
import type { Session } from '../terminal/session.ts';
import { formatCount } from '../terminal/text.ts';
import { number } from './html.ts';
import { type KMeansReportFlags, methodOfKMeans } from './methods.ts';
import { writeReport } from './report.ts';
import { mostRows, ReportSample } from './sample.ts';

interface Known {
  labelled: Labelled;
  outputs: Record<string, Output | undefined>;
}

/** Choose rows while rows are labelled, and write the report afterwards. */
export function reportKMeans(rows: Labelling, found: KMeans, flags: KMeansReportFlags) {
  const memoryLimit = flags.memory ?? DEFAULT_LIMIT;
  const sample = new ReportSample(mostRows(rows.source.cols, memoryLimit), flags.seed ?? 0);
  const what = flags.metric === 'cosine' ? '1 - cosine' : 'squared distances';
  const { inertia, iterations, converged } = found;
  return {
    see: (part: Assignment) => sample.see(part),
    write: (session: Session, file: OutputFile, { labelled, outputs }: Known) =>
      writeReport(session, file, {
        opened: rows.opened,
        labelled,
        clusters: labelled.clusters,
        model: found.model,
        leaderHeading: 'leaders',
        method: methodOfKMeans(found, flags),
        facts: [
          ['Inertia', [number(inertia), `, the sum of ${what}`]],
          [
            'Iterations',
            `${formatCount(iterations)}${flags.miniBatch ? ' batches' : converged ? ', converged' : ', not converged'}`,
          ],
          ['Memory', [number(memoryLimit, formatBytes(memoryLimit)), ' at most']],
        ],
        sample,
        run: { ...session.run(flags), memoryLimit },
        outputs,
      }),
  };
}
