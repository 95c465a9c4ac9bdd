/** What was done, in a sentence for a methods section, and all parameters with what they mean. */

import { formatBytes } from '../../errors.ts';
import type { KMeans } from '../../kmeans/kmeans.ts';
import type { Model } from '../../model/model.ts';
import { DEFAULT_LIMIT } from '../../runtime/memory/limits.ts';
import type { TwoPass } from '../../twopass/two-pass.ts';
import type { ClusterFlags, ReaderFlags } from '../flags/options.ts';
import { type PreparingFlags, stepsInWords } from '../flags/preparing.ts';
import { formatCount, plural } from '../terminal/text.ts';

/** A parameter: its option, its value, whether it was given, and what it means. */
interface Parameter {
  option: string;
  value: string;
  given: boolean;
  meaning: string;
}

export interface MethodText {
  /** A sentence for a methods section. */
  sentence: string;
  references: string[];
  parameters: Parameter[];
}

type Common = ReaderFlags & PreparingFlags & { seed?: number; memory?: number; threads?: number | 'auto' };

const REFERENCES = {
  linkage:
    'Linkage: D. M\u00fcllner, Modern hierarchical, agglomerative clustering algorithms, arXiv:1109.2378 (2011).',
  ward: "Ward's method: J. H. Ward, Hierarchical grouping to optimize an objective function, J. Am. Stat. Assoc. 58, 236 (1963).",
  lloyd: 'k-means: S. P. Lloyd, Least squares quantization in PCM, IEEE Trans. Inf. Theory 28, 129 (1982).',
  seeding:
    'First centroids: D. Arthur, S. Vassilvitskii, k-means++: the advantages of careful seeding, SODA 2007.',
  batches: 'Mini-batches: D. Sculley, Web-scale k-means clustering, WWW 2010.',
};
export const SILHOUETTES = 'Silhouettes: P. J. Rousseeuw, J. Comput. Appl. Math. 20, 53 (1987).';
export const EFFECTS =
  "Effects: Cohen's d, J. Cohen, Statistical Power Analysis for the Behavioral Sciences (1988).";

function parameter(option: string, given: unknown, value: unknown, meaning: string): Parameter {
  return { option, value: String(value), given: given !== undefined && given !== false, meaning };
}

/** Parameters that both commands have, after their own. */
function commonParameters(flags: Common): Parameter[] {
  return [
    parameter(
      '--seed',
      flags.seed,
      flags.seed ?? 0,
      'the seed of every random choice: the same seed gives the same clusters',
    ),
    parameter(
      '--missing',
      flags.missing,
      flags.missing ?? 'refuse',
      'what happens where values are missing: by default a missing value is an error',
    ),
    parameter(
      '--on-bad-row',
      flags.onBadRow,
      flags.onBadRow ?? 'error',
      'what happens to rows that are no numbers: an error, or skipped without a cluster',
    ),
    parameter(
      '--memory',
      flags.memory,
      formatBytes(flags.memory ?? DEFAULT_LIMIT),
      'the memory limit for data; it decides how large the sample may be',
    ),
    parameter(
      '--threads',
      flags.threads,
      flags.threads ?? 'auto',
      'the number of threads; clusters do not depend on it',
    ),
  ];
}

/** How rows were prepared; empty if they were not. */
function preparedText({ preparation }: Model): string {
  if (!preparation) return '';
  return `Rows were prepared: ${stepsInWords(preparation.steps.map(({ step }) => step))}. `;
}

function cutWords({ clusters, distance, inconsistent, depth }: ClusterFlags): [string, string, string] {
  if (clusters !== undefined)
    return ['--clusters', formatCount(clusters), 'the tree is cut into this number of clusters'];
  if (distance !== undefined) return ['--distance', String(distance), 'the tree is cut at this height'];
  return [
    '--inconsistent',
    `${inconsistent}, depth ${depth ?? 2}`,
    'the tree is cut where a merge is so many standard deviations above those below it',
  ];
}

const PICKS = {
  medoid: 'the row with the smallest sum of distances to the others of its cluster',
  random: 'rows drawn at random',
  centroid: 'means, which are not rows',
};

export function methodOfCluster(fit: TwoPass, flags: ClusterFlags, total: number): MethodText {
  const { plan, model } = fit;
  const [cut, at, cutMeaning] = cutWords(flags);
  const pick = flags.pick ?? 'medoid';
  const whole = plan.sample === total;
  const tree = `${plan.method} linkage of ${flags.profiles ? `${plan.metric} profiles` : `${plan.metric} distances`}`;
  const cutText =
    flags.clusters !== undefined ? `into ${plural(flags.clusters, 'cluster')}` : `by ${cut.slice(2)} ${at}`;
  const how = plan.strategy === 'stride' ? 'regularly spaced' : 'random';
  const others = flags.relabel
    ? `Each row has the cluster of its nearest leader (${pick}).`
    : `Each other row has the cluster of its nearest leader (${pick}).`;
  return {
    sentence:
      preparedText(model) +
      (whole
        ? `All ${formatCount(plan.sample)} rows were clustered by ${tree}, and the tree was cut ${cutText}.${flags.relabel ? ` ${others}` : ''}`
        : `A sample of ${formatCount(plan.sample)} ${how} rows of ${formatCount(total)} was clustered by ${tree}, and the tree was cut ${cutText}. ${others}`),
    references: [REFERENCES.linkage, ...(plan.method === 'ward' ? [REFERENCES.ward] : [])],
    parameters: [
      parameter(cut, true, at, cutMeaning),
      parameter(
        '--method',
        flags.method,
        plan.method,
        'how the distance between two clusters is computed; by default ward, and average for metrics that ward is not defined for',
      ),
      parameter('--metric', flags.metric, plan.metric, 'the distance between two rows'),
      parameter(
        '--profiles',
        flags.profiles,
        flags.profiles ? 'yes' : 'no',
        'rows of the distance matrix are clustered instead of the rows themselves',
      ),
      parameter(
        flags.stride === undefined ? '--sample' : '--stride',
        flags.stride ?? flags.sample,
        flags.stride ?? formatCount(plan.sample),
        'the rows that the tree is built from; by default as many random rows as the memory limit allows and take a few seconds',
      ),
      parameter(
        '--leaders',
        flags.leaders,
        flags.leaders ?? 1,
        `leaders of each cluster; here ${formatCount(model.leaders.rows)} altogether`,
      ),
      parameter('--pick', flags.pick, pick, `what a leader is: ${PICKS[pick]}`),
      parameter(
        '--relabel',
        flags.relabel,
        flags.relabel ? 'yes' : 'no',
        "whether rows of the sample too get the cluster of their nearest leader, instead of the tree's",
      ),
      ...commonParameters(flags),
    ],
  };
}

export interface KMeansReportFlags extends Common {
  k: number;
  init?: string;
  runs?: number;
  maxIter?: number;
  tol?: number;
  metric?: string;
  sample?: number;
  miniBatch?: boolean;
  batchRows?: number;
}

export function methodOfKMeans(found: KMeans, flags: KMeansReportFlags): MethodText {
  const { init = 'k-means++', metric = 'euclidean', miniBatch = false } = flags;
  const by = `${metric === 'cosine' ? 'spherical ' : ''}${miniBatch ? 'mini-batch ' : ''}k-means`;
  const from = flags.sample === undefined ? 'Rows' : `A sample of ${formatCount(flags.sample)} random rows`;
  return {
    sentence:
      preparedText(found.model) +
      `${from} ${flags.sample === undefined ? 'were' : 'was'} clustered by ${by} with ${plural(flags.k, 'centroid')}, ` +
      `first chosen by ${init === 'random' ? 'random rows' : init}; each row has the cluster of its nearest centroid.`,
    references: [
      REFERENCES.lloyd,
      ...(init === 'k-means++' ? [REFERENCES.seeding] : []),
      ...(miniBatch ? [REFERENCES.batches] : []),
    ],
    parameters: [
      parameter('--k', true, formatCount(flags.k), 'the number of clusters'),
      parameter(
        '--metric',
        flags.metric,
        metric,
        'the distance between a row and a centroid; cosine compares directions',
      ),
      parameter('--init', flags.init, init, 'how the first centroids are chosen'),
      parameter(
        '--runs',
        flags.runs,
        flags.runs ?? (init === 'random' ? 10 : 1),
        'runs from different first centroids; the best one is kept',
      ),
      parameter(
        '--max-iter',
        flags.maxIter,
        flags.maxIter ?? (miniBatch ? 1 : 300),
        `the most ${miniBatch ? 'passes' : 'iterations'}; ${formatCount(found.iterations)} ${miniBatch ? 'batches' : 'iterations'} were done`,
      ),
      parameter(
        '--tol',
        flags.tol,
        flags.tol ?? 1e-4,
        'iterations end when centroids move less, relative to the variance',
      ),
      ...(miniBatch
        ? [
            parameter(
              '--batch-rows',
              flags.batchRows,
              flags.batchRows ?? Math.max(1024, 2 * flags.k),
              'rows of a batch, after which centroids move',
            ),
          ]
        : []),
      ...(flags.sample === undefined
        ? []
        : [
            parameter(
              '--sample',
              flags.sample,
              formatCount(flags.sample),
              'the random rows that centroids are found from',
            ),
          ]),
      ...commonParameters(flags),
    ],
  };
}
