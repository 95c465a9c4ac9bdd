import { type Command, Option } from 'commander';
import type { NewickHeights } from '../../hierarchy/trees/to-newick.ts';
import type { ThemeName } from '../../plot/drawing/options.ts';
import { isNewick, writeNewick } from '../files/newick.ts';
import { checkPicture, drawTree, prepareRenderer, writePicture } from '../files/picture.ts';
import { readNames, readTree } from '../files/tables.ts';
import { height, pixels, whole } from '../flags/values.ts';
import { UsageError } from '../terminal/errors.ts';
import type { Session } from '../terminal/session.ts';
import { report, timeLine, writtenLine } from '../terminal/summary.ts';
import { fields, plural } from '../terminal/text.ts';

interface DendrogramFlags {
  out: string;
  truncate?: 'lastp' | 'level' | 'none';
  p?: number;
  orientation?: 'top' | 'bottom' | 'left' | 'right';
  labels?: string;
  categories?: string;
  maxD?: number[];
  annotateAbove?: number;
  colorThreshold?: number;
  hang?: boolean;
  circular?: boolean;
  showContracted?: boolean;
  title?: string;
  theme?: ThemeName;
  width?: number;
  height?: number;
  heights?: NewickHeights;
  json?: boolean;
}

export function addDendrogram(command: Command): Command {
  return command
    .description('Draw a tree, or write it as Newick text for iTOL, scikit-bio, ape and others')
    .argument('<tree>', "linkage matrix with 4 columns: from coppice linkage or SciPy's linkage, as .npy")
    .requiredOption('--out <file>', 'the picture: .svg or .png; or the tree: .nwk or .newick')
    .optionsGroup('What is drawn:')
    .addOption(
      new Option(
        '--truncate <how>',
        'draw the last p clusters, or p levels (default: the last 30 clusters if there are more than 200 leaves)',
      ).choices(['lastp', 'level', 'none']),
    )
    .option('--p <n>', 'number of clusters or levels for --truncate (default: 30)', whole(1))
    .option('--labels <file>', 'names of the items, one per line')
    .option('--categories <file>', 'a category of each item, one per line, shown as the colour of its label')
    .option('--max-d <t>', 'draw a cut at height t; may be repeated', (text: string, list: number[] = []) => [
      ...list,
      height(text),
    ])
    .option('--annotate-above <t>', 'write the height beside each merge above height t', height)
    .option('--show-contracted', 'draw dots for the merges within truncated clusters')
    .optionsGroup('How it looks:')
    .addOption(
      new Option('--orientation <side>', 'side of the root (default: top)').choices([
        'top',
        'bottom',
        'left',
        'right',
      ]),
    )
    .option('--circular', 'draw the tree around a circle, the root in the middle')
    .option('--color-threshold <t>', 'give each cluster below height t a colour', height)
    .option('--hang', 'leaves begin just below their first merge, instead of at 0')
    .option('--title <text>', 'heading')
    .addOption(new Option('--theme <name>', 'colours (default: light)').choices(['light', 'dark', 'auto']))
    .option('--width <px>', 'width in pixels', pixels(160))
    .option('--height <px>', 'height in pixels', pixels(120))
    .optionsGroup('Newick:')
    .addOption(
      new Option(
        '--heights <how>',
        'lengths below a merge add up to half its height, as scikit-bio and ape have it, or to the whole (default: half)',
      ).choices(['half', 'whole']),
    )
    .optionsGroup('Running:')
    .option('--json', 'print one JSON object, for machines')
    .addHelpText(
      'after',
      `
Examples:
  $ coppice dendrogram Z.npy --out tree.svg --labels names.txt --max-d 50
  $ coppice dendrogram Z.npy --out tree.svg --truncate lastp --p 12 --orientation left --title Species
  $ coppice dendrogram Z.npy --out tree.png --circular --labels names.txt
  $ coppice dendrogram Z.npy --out tree.nwk --labels names.txt

Newick has all leaves, unless --truncate lastp prunes the tree to --p leaves; a leaf that stands for several items is
called after the first of them: 'ann and 11 more'. Options of pictures do nothing for it and are refused.`,
    );
}

/** Options of pictures, by their names in code. */
const OF_PICTURES = {
  categories: '--categories',
  maxD: '--max-d',
  annotateAbove: '--annotate-above',
  showContracted: '--show-contracted',
  orientation: '--orientation',
  circular: '--circular',
  colorThreshold: '--color-threshold',
  hang: '--hang',
  title: '--title',
  theme: '--theme',
  width: '--width',
  height: '--height',
} as const satisfies Partial<Record<keyof DendrogramFlags, string>>;

/** @throws UsageError for options that only pictures have */
function checkNewickFlags(flags: DendrogramFlags): void {
  const stray = Object.entries(OF_PICTURES).find(
    ([name]) => flags[name as keyof typeof OF_PICTURES] !== undefined,
  );
  if (stray) throw new UsageError(`${stray[1]} is for pictures; a Newick file has none (see --out)`);
  if (flags.truncate === 'level') {
    throw new UsageError(
      '--truncate level is for pictures; --truncate lastp prunes a Newick file to --p leaves',
    );
  }
  if (flags.truncate === 'lastp' && flags.p === 1) {
    throw new UsageError('--p is 1; a Newick file has at least 2 leaves');
  }
}

/** @throws UsageError for options that a circular tree does not have */
function checkCircularFlags(flags: DendrogramFlags): void {
  const { circular, orientation, hang, annotateAbove } = flags;
  if (!circular) return;
  const stray = Object.entries({ orientation, hang, annotateAbove }).find(([, value]) => value !== undefined);
  if (!stray) return;
  const option = OF_PICTURES[stray[0] as keyof typeof OF_PICTURES];
  throw new UsageError(`${option} does nothing with --circular; leave one of them out`);
}

export async function dendrogram(session: Session, input: string, flags: DendrogramFlags): Promise<void> {
  const { out, truncate, labels, maxD, colorThreshold } = flags;
  const newick = isNewick(out);
  if (newick) checkNewickFlags(flags);
  else {
    checkPicture('--out', out);
    if (flags.heights !== undefined) throw new UsageError('--heights needs --out with a .nwk file');
  }
  if (flags.p !== undefined && (truncate === undefined || truncate === 'none')) {
    throw new UsageError('--p needs --truncate lastp or --truncate level');
  }
  checkCircularFlags(flags);
  await prepareRenderer(out);
  const Z = await readTree(session, input);
  const n = Z.length / 4 + 1;
  const names = labels === undefined ? undefined : readNames(labels, n);
  const categories = flags.categories === undefined ? undefined : readNames(flags.categories, n);
  const inputs = [input, labels, flags.categories].filter((path) => path !== undefined);
  const file = session.output('--out', out, inputs);
  const common = {
    truncateMode: truncate === 'none' ? null : truncate,
    p: flags.p,
    labels: names,
    leafCategories: categories,
    maxD,
    colorThreshold,
    showContracted: flags.showContracted,
    title: flags.title,
    theme: flags.theme,
    width: flags.width,
    height: flags.height,
  };
  if (newick) {
    const leaves = truncate === 'lastp' ? (flags.p ?? 30) : undefined;
    writeNewick(file, Z, { names, leaves, heights: flags.heights });
  } else if (flags.circular) {
    const { circularDendrogramSvg } = await import('../../plot/dendrogram/circular.ts');
    await writePicture(file, circularDendrogramSvg(Z, common), out);
  } else {
    const { orientation, annotateAbove, hang } = flags;
    await drawTree(file, Z, { ...common, orientation, annotateAbove, hang }, out);
  }
  await session.commit();
  const facts = {
    command: 'dendrogram',
    items: n,
    bytes: file.size,
    outputs: newick ? { tree: out } : { picture: out },
  };
  report(session, facts, () =>
    fields([['Tree', `${input}: ${plural(n, 'item')}`], timeLine(session), writtenLine([file])]),
  );
}
