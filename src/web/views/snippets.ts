/** Commands and code that repeat the clustering outside the page: for a shell and in JavaScript. */
import type { FitChoice, Info, LeaderChoice, ReadChoice } from '../worker/protocol.ts';
import { takes } from './formats.ts';

interface Choices {
  info: Info;
  read: ReadChoice;
  fit: FitChoice;
  leaders: LeaderChoice;
  k: number;
  /** Rows of the sample. Stated explicitly: the page reserves extra memory, so the default elsewhere may differ. */
  sample: number;
  base: string;
}

/** Quote an argument for a POSIX shell. */
function shell(text: string): string {
  return /^[\w./:=,@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)}MB`;

/** The command line clusters sequences by another method; the snippet says so. */
function sequencesInShell({ info, read, fit, base }: Choices): string {
  const words = [`npx coppice batch run ${shell(info.name)}`];
  words.push(info.format === 'table' ? '--column junction_aa' : '--sequences');
  if (read.skipBad) words.push('--on-bad-row skip');
  words.push(`--memory ${megabytes(fit.memory)}`, `--out ${shell(`${base}-clusters.csv`)}`);
  return `# Only JavaScript does the same again.
# The shell clusters sequences in batches,
# by the places in which they differ (MCL):
${words.join(' \\\n  ')}`;
}

export function commandLine(choices: Choices): string {
  const { info, read, fit, leaders, k, sample, base } = choices;
  if (info.sequences) return sequencesInShell(choices);
  const words: string[][] = [
    ['npx coppice cluster', shell(info.name)],
    ['--clusters', String(k)],
  ];
  words.push(
    fit.sizing && 'stride' in fit.sizing
      ? ['--stride', String(fit.sizing.stride)]
      : ['--sample', String(sample)],
  );
  if (fit.method !== 'ward') words.push(['--method', fit.method]);
  if (fit.metric !== 'euclidean') words.push(['--metric', fit.metric]);
  if (fit.profiles) words.push(['--profiles']);
  if (leaders.perCluster !== 1) words.push(['--leaders', String(leaders.perCluster)]);
  if (leaders.pick !== 'medoid') words.push(['--pick', leaders.pick]);
  if (fit.seed !== 0) words.push(['--seed', String(fit.seed)]);
  if (read.columns.length > 0) words.push(['--columns', shell(read.columns.join(','))]);
  if (read.idColumn !== undefined) words.push(['--id-column', shell(String(read.idColumn))]);
  if (read.part) words.push([`--${read.part.option}`, shell(read.part.value)]);
  if (read.atoms) words.push(['--atoms', ...Object.entries(read.atoms)[0].map(shell)]);
  if (read.skipBad) words.push(['--on-bad-row', 'skip']);
  if (read.missing) words.push(['--missing', read.missing]);
  if (read.log2) words.push(['--log2']);
  if (read.scale) words.push(['--scale', read.scale]);
  words.push(['--memory', megabytes(fit.memory)]);
  // NPY cannot store the names of rows.
  if (read.idColumn !== undefined) words.push(['--distances'], ['--out', shell(`${base}-labels.csv`)]);
  else words.push(['--out', shell(`${base}-labels.npy`)]);
  return words.map((part) => part.join(' ')).join(' \\\n  ');
}

export function program({ info, read, fit, leaders, k, sample, base }: Choices): string {
  const { columns, idColumn, atoms, part, log2, scale } = read;
  const opening: string[] = [];
  if (columns.length > 0) opening.push(`columns: ${JSON.stringify(columns)}`);
  if (idColumn !== undefined) opening.push(`idColumn: ${JSON.stringify(idColumn)}`);
  if (part) opening.push(`${part.option}: ${JSON.stringify(part.value)}`);
  if (read.missing) opening.push(`missing: '${read.missing}'`);
  if (atoms) opening.push(`atoms: ${JSON.stringify(atoms).replace(/"(\w+)":/, '$1: ')}`);
  if (read.skipBad && takes(info.format, 'onBadRow')) opening.push(`onBadRow: 'skip'`);
  const lines = [`clusters: ${k}`];
  lines.push(fit.sizing && 'stride' in fit.sizing ? `stride: ${fit.sizing.stride}` : `sample: ${sample}`);
  if (fit.method !== 'ward') lines.push(`method: '${fit.method}'`);
  if (fit.metric !== 'euclidean') lines.push(`metric: '${fit.metric}'`);
  if (fit.profiles) lines.push('profiles: true');
  if (leaders.perCluster !== 1 || leaders.pick !== 'medoid') {
    lines.push(`leaders: { perCluster: ${leaders.perCluster}, pick: '${leaders.pick}' }`);
  }
  if (fit.seed !== 0) lines.push(`seed: ${fit.seed}`);
  if (read.skipBad) lines.push(`onBadRow: 'skip'`);
  lines.push(`memoryLimit: '${megabytes(fit.memory)}'`);
  if (info.sequences) {
    return `import { writeFile } from 'node:fs/promises';
import { twoPass } from 'coppice';
import { encodeSequences, readSequences } from 'coppice/sequences';

const { sequences } = await readSequences(${JSON.stringify(info.name)}${read.skipBad ? `, { onBadRow: 'skip' }` : ''});
const fit = await twoPass(await encodeSequences(sequences), {
${lines.map((line) => `  ${line},`).join('\n')}
});
const labels = await fit.labels();
const rows = sequences.map((sequence, i) => \`\${sequence},\${labels[i]}\\n\`);
await writeFile(${JSON.stringify(`${base}-labels.csv`)}, \`sequence,cluster\\n\${rows.join('')}\`);
await writeFile(${JSON.stringify(`${base}-model.safetensors`)}, fit.model.save());
`;
  }
  const preparing = [
    ...(log2 ? ['log2: true'] : []),
    ...(scale ? [`scale: '${scale}'`] : []),
    ...((log2 || scale) && read.skipBad ? [`onBadRow: 'skip'`] : []),
  ];
  const options = opening.length > 0 ? `, { ${opening.join(', ')} }` : '';
  return `import { writeFile } from 'node:fs/promises';
import { twoPass } from 'coppice';
import { npyMatrix } from 'coppice/sinks';
import { ${preparing.length > 0 ? 'open, prepare' : 'open'} } from 'coppice/sources';

const source = ${
    preparing.length > 0
      ? `await prepare(await open(${JSON.stringify(info.name)}${options}), { ${preparing.join(', ')} })`
      : `await open(${JSON.stringify(info.name)}${options})`
  };
const fit = await twoPass(source, {
${lines.map((line) => `  ${line},`).join('\n')}
});
const labels = await fit.labels();
await writeFile(${JSON.stringify(`${base}-labels.npy`)}, npyMatrix(labels, 1));
await writeFile(${JSON.stringify(`${base}-model.safetensors`)}, fit.model.save());
`;
}
