/** `--report`: one HTML file without scripts, with what a run found, how, and the command that repeats it. */

import path from 'node:path';
import type { Model } from '../../model/model.ts';
import type { DendrogramSvgOptions } from '../../plot/dendrogram/dendrogram.ts';
import type { Output, OutputFile } from '../../sinks/file.ts';
import type { OpenSource } from '../../sources/open.ts';
import type { Run, Z } from '../../types.ts';
import type { Labelled } from '../files/labelling.ts';
import { messageOf } from '../terminal/errors.ts';
import type { Session } from '../terminal/session.ts';
import type { ClusterLine } from '../terminal/summary.ts';
import { formatCount, formatSeconds, plural } from '../terminal/text.ts';
import { version } from '../terminal/version.ts';
import { clusterSection, describeSection } from './clusters.ts';
import { commandLine } from './command-line.ts';
import { findingsOf, orLeftOut } from './findings.ts';
import { type Content, count, Html, h, name, paragraph, plain, section, table, terms } from './html.ts';
import { EFFECTS, type MethodText, SILHOUETTES } from './methods.ts';
import { type Drawn, drawHeatmap, drawPoints, drawSampleTree, figure, type Plot } from './pictures.ts';
import type { LookedAt, ReportSample } from './sample.ts';
import { STYLE } from './style.ts';

interface Report {
  /** The rows as they are clustered. */
  opened: OpenSource;
  labelled: Labelled;
  clusters: readonly ClusterLine[];
  model: Model;
  leaderHeading: string;
  method: MethodText;
  /** What else there is to say, beside the parameters. */
  facts: readonly (readonly [string, Content] | undefined)[];
  tree?: { linkage: Z; options: DendrogramSvgOptions } | undefined;
  sample: ReportSample;
  run: Run & { memoryLimit: number };
  /** The other outputs. */
  outputs: Record<string, Output | undefined>;
}

/** Memory that the rows and their copies take while pictures are drawn. */
const COPIES = 4;

export async function writeReport(session: Session, file: OutputFile, report: Report): Promise<void> {
  const { sample, opened } = report;
  const rows = await sample.read(session, opened);
  const left: string[] = [];
  const plot = await import('../../plot/index.ts');
  const sections = rows
    ? await lookAt(plot, report, rows, left)
    : [clusterSection(plot, report, undefined, undefined)];
  if (!rows)
    left.push(
      'What tells clusters apart, and pictures of the rows: the rows are too wide for the memory limit',
    );
  const page = pageOf(session, report, sections, left);
  file.append(new TextEncoder().encode(page));
}

/** All sections that need the rows. */
async function lookAt(plot: Plot, report: Report, rows: LookedAt, left: string[]): Promise<Html[]> {
  const { clusters, model, labelled, sample, opened, tree } = report;
  const frames = labelled.rowName === 'frame';
  const columns = frames ? undefined : (opened as { columns?: readonly string[] }).columns;
  const held = COPIES * 8 * rows.rows * rows.cols;
  const run = { ...report.run, memoryLimit: Math.max(1, report.run.memoryLimit - held) };
  const found = await findingsOf({ rows, metric: model.metric, columns, described: !frames }, run, left);
  const whole = tree !== undefined && sample.whole && tree.linkage.length / 4 + 1 === rows.rows;
  const drawn: Drawn = {
    plot,
    rows,
    columns,
    clusters: clusters.map(({ cluster }) => cluster),
    tree: whole ? tree.linkage : undefined,
    leaders: model.leaders,
    leaderLabels: model.labels,
  };
  const sections = [clusterSection(plot, report, rows, found.silhouettes)];
  if (tree) {
    const { linkage, options } = tree;
    const svg = await orLeftOut('The tree', left, () => drawSampleTree(plot, linkage, options));
    const words = `${plural(linkage.length / 4 + 1, labelled.rowName)}${options.maxD === undefined ? '' : '; the dashed line is the cut'}.`;
    if (svg) sections.push(section('Tree', figure(svg, `The tree of ${words}`)));
  }
  if (!frames) {
    const map = await orLeftOut('The heat map', left, () => drawHeatmap(drawn));
    if (map) sections.push(section('Heat map', figure(map.svg, map.caption)));
    if (rows.cols > 1) {
      const points = await orLeftOut('The map of the rows', left, () => drawPoints(drawn));
      const ways = rows.cols === 2 ? '' : ', by the two components with the most variance';
      if (points)
        sections.push(section('Map', figure(points, `${plural(rows.rows, 'row')} in the plane${ways}.`)));
    }
  }
  const described = describeSection(
    plot,
    drawn.clusters,
    found.descriptions,
    rows,
    labelled,
    model.preparation !== undefined,
  );
  return described ? [sections[0], described, ...sections.slice(1)] : sections;
}

function pageOf(
  session: Session,
  report: Report,
  sections: readonly Html[],
  left: readonly string[],
): string {
  const { labelled, clusters, opened } = report;
  const title = `Clusters of ${plain(path.basename(opened.name), 120)}`;
  const total = labelled.rows;
  const warnings = [...session.warnings.values()].map(messageOf);
  const body = [
    h(
      'header',
      {},
      h('h1', {}, 'Clusters of ', name(path.basename(opened.name))),
      h(
        'p',
        { class: 'lead' },
        `${plural(total, labelled.rowName)} in ${plural(clusters.length, 'cluster')}. `,
        report.method.sentence,
      ),
      warnings.map((text) => h('p', { class: 'warn' }, plain(text, 1000))),
    ),
    ...sections,
    inputSection(report),
    methodSection(report, left),
    repeatSection(report),
  ];
  return (
    '<!doctype html>\n' +
    h(
      'html',
      { lang: 'en' },
      h(
        'head',
        {},
        new Html('<meta charset="utf-8"/>'),
        new Html('<meta name="viewport" content="width=device-width,initial-scale=1"/>'),
        new Html(
          '<meta http-equiv="Content-Security-Policy" content="default-src \'none\';style-src \'unsafe-inline\';img-src data:"/>',
        ),
        h('title', {}, title),
        new Html(`<style>${STYLE}</style>`),
      ),
      h('body', {}, h('main', {}, body)),
    ).markup +
    '\n'
  );
}

/** What was read, and what was left out. */
function inputSection({ opened, labelled }: Report): Html {
  const {
    facts = [],
    readColumns = [],
    header,
  } = opened as Partial<{
    facts: readonly { index: number; name?: string; role: string; reason: string; type: string }[];
    readColumns: readonly number[];
    header: boolean;
  }>;
  const read = new Set(readColumns);
  const others = facts.filter(({ index }) => !read.has(index));
  const shown = others.slice(0, MOST_LEFT_OUT);
  const { input, rows, skipped, skippedLines } = labelled.facts as {
    input: { file: string; format: string; cols: number };
    rows: number;
    skipped: number;
    skippedLines: number;
  };
  return section(
    'Input',
    terms([
      ['File', [name(labelled.inputLine)]],
      [rowWord(labelled), count(rows)],
      ['Columns', [count(input.cols), facts.length > input.cols ? ` of ${formatCount(facts.length)}` : '']],
      [
        'Skipped',
        skipped > 0 ? [count(skipped), ` ${labelled.skippedLine?.[1].replace(/^[\d,]+ /, '')}`] : 'none',
      ],
      skippedLines > 0 ? ['Lines not read', count(skippedLines)] : undefined,
      header === false ? ['Header', 'none: columns are numbered from 0'] : undefined,
    ]),
    shown.length === 0
      ? undefined
      : [
          h('h3', {}, 'Columns that are not clustered'),
          table(
            [
              { heading: 'column', text: true },
              { heading: 'is', text: true },
              { heading: 'why', text: true },
            ],
            shown.map((one) => [
              name(one.name ?? String(one.index)),
              one.role === 'number' ? 'not chosen' : one.role,
              one.role === 'number' ? 'columns were chosen by --columns' : plain(one.reason),
            ]),
            { class: 'wide' },
          ),
          others.length > shown.length
            ? h('p', { class: 'soft' }, `and ${plural(others.length - shown.length, 'column')} more`)
            : undefined,
        ],
  );
}

/** Columns left out that are listed. */
const MOST_LEFT_OUT = 50;

const rowWord = ({ rowName }: Labelled) => (rowName === 'frame' ? 'Frames' : 'Rows');

function methodSection({ method, facts }: Report, left: readonly string[]): Html {
  return section(
    'Method',
    terms(facts),
    table(
      [
        { heading: 'parameter', text: true },
        { heading: 'value' },
        { heading: '', text: true },
        { heading: 'meaning', text: true },
      ],
      method.parameters.map(({ option, value, given, meaning }) => [
        h('code', {}, option),
        plain(value),
        given ? 'given' : 'default',
        meaning,
      ]),
      { class: 'parameters' },
    ),
    left.length === 0
      ? undefined
      : [
          h('h3', {}, 'Left out of this report'),
          h(
            'ul',
            {},
            left.map((one) => h('li', {}, plain(one, 1000))),
          ),
        ],
  );
}

function repeatSection({ method, outputs }: Report): Html {
  const others = Object.entries(outputs).flatMap(([what, one]) =>
    one && what !== 'report' ? [one.path] : [],
  );
  const { text, shortened } = commandLine(process.argv.slice(2));
  const { versions, platform, arch } = process;
  const own = versions as Record<string, string | undefined>;
  const runtime = own.deno
    ? `Deno ${own.deno}`
    : own.bun
      ? `Bun ${own.bun}`
      : `Node ${process.version.slice(1)}`;
  const now = new Date();
  const cited = `${method.sentence} Coppice ${version()} was used.`;
  return section(
    'Repeat and cite',
    paragraph('This command repeats the run, in the folder in which it was given:'),
    h('pre', {}, h('code', {}, text)),
    shortened
      ? h(
          'p',
          { class: 'soft' },
          'The password or the query of a URL is left out here; add it to repeat the run.',
        )
      : undefined,
    paragraph('For a methods section:'),
    h('blockquote', {}, cited),
    h(
      'ul',
      { class: 'soft' },
      [...method.references, SILHOUETTES, EFFECTS].map((one) => h('li', {}, one)),
    ),
    terms([
      ['Coppice', version()],
      ['Runtime', `${runtime}, ${platform} ${arch}`],
      [
        'Date',
        h('time', { datetime: now.toISOString() }, `${now.toISOString().slice(0, 16).replace('T', ' ')} UTC`),
      ],
      ['Time', h('time', {}, formatSeconds(performance.now() / 1000))],
      ['Outputs', others.length > 0 ? others.map((one, i) => [i > 0 ? ', ' : '', name(one)]) : undefined],
    ]),
  );
}
