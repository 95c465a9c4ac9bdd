/**
 * Measures the figures of docs/accuracy.md again, and compares them with those in the text.
 *
 *     npm run build && node examples/accuracy/run.mjs [--update] [set...]
 *     node examples/accuracy/run.mjs --data mine.npy --clusters 5 [--method ward] [--metric euclidean]
 *
 * Needs: a built Coppice, d3-scale (a development dependency). Takes about a minute. Prints the tables; the exit code is 1 if those
 * in the text differ. With --update, the tables in the text and the picture, docs/accuracy.svg, are written again. With --data it
 * prints the table of your own data, compared with the tree of all rows, which must fit in memory.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { open } from 'coppice/sources';
import { COUNTS, measure, PICKS, PRECLUSTERS, SETS, STRIDES } from './experiment.mjs';
import { accuracySvg } from './picture.mjs';

const docs = new URL('../../docs/', import.meta.url);
const page = fileURLToPath(new URL('accuracy.md', docs));

const show = (value) => (value === undefined ? '' : value.toFixed(2));

/** The figures of a set as a table in Markdown. */
export function tableOf(found) {
  const lines = [
    `| leaders of a cluster | ${STRIDES.map((stride) => `stride ${stride}`).join(' | ')} |`,
    `| --- |${' ---: |'.repeat(STRIDES.length)}`,
  ];
  for (const pick of PICKS) {
    for (const count of COUNTS) {
      const name = pick === 'random' ? `${count} drawn at random` : `${count} ${pick}${count > 1 ? 's' : ''}`;
      const values = STRIDES.map((_stride, at) => show(found[`${pick} ${count}`]?.[at]));
      lines.push(`| ${name} | ${values.join(' | ')} |`);
    }
  }
  return lines.join('\n');
}

/** Batches and k-means of all sets as a table in Markdown. */
function batchTableOf(results) {
  const lines = [
    `| data | ${PRECLUSTERS.map((k) => `${k} preclusters`).join(' | ')} | k-means alone |`,
    `| --- |${' ---: |'.repeat(PRECLUSTERS.length + 1)}`,
  ];
  for (const [name, { batches, kmeans }] of Object.entries(results)) {
    if (!batches) continue;
    lines.push(`| ${SETS[name].title} | ${batches.map(show).join(' | ')} | ${show(kmeans[0])} |`);
  }
  return lines.join('\n');
}

/** Replace the text between `<!-- name -->` and `<!-- end -->`. */
function put(text, name, table) {
  const pattern = new RegExp(`(<!-- ${name} -->\n)[^]*?(\n<!-- end -->)`);
  if (!pattern.test(text)) throw new Error(`docs/accuracy.md has no place for ${name}`);
  return text.replace(pattern, (_all, before, after) => `${before}${table}${after}`);
}

async function own({ data: file, clusters, method, metric }) {
  const source = await open(file);
  const { rows, cols, dtype } = source;
  const data = dtype === 'f4' ? new Float32Array(rows * cols) : new Float64Array(rows * cols);
  for await (const chunk of source.chunks({ chunkRows: 1024 })) data.set(chunk.data, chunk.start * cols);
  const options = { clusters: Number(clusters), method };
  if (metric !== 'euclidean') options.metric = metric;
  const set = { title: file, options, data: () => [{ data, rows, cols }] };
  const found = await measure(set);
  console.log(tableOf(found));
  if (found.batches)
    console.log(`\nbatches of ${PRECLUSTERS.join(', ')}: ${found.batches.map(show).join(', ')}`);
  if (found.kmeans) console.log(`k-means alone: ${show(found.kmeans[0])}`);
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      update: { type: 'boolean', default: false },
      data: { type: 'string' },
      clusters: { type: 'string' },
      method: { type: 'string', default: 'ward' },
      metric: { type: 'string', default: 'euclidean' },
    },
  });
  if (values.data !== undefined) {
    await own(values);
    return;
  }
  const names = positionals.length > 0 ? positionals : Object.keys(SETS);
  const results = {};
  let text = readFileSync(page, 'utf8');
  const before = text;
  for (const name of names) {
    results[name] = await measure(SETS[name]);
    const table = tableOf(results[name]);
    console.log(`${SETS[name].title}\n\n${table}\n`);
    text = put(text, name, table);
  }
  if (positionals.length === 0) {
    const table = batchTableOf(results);
    console.log(table);
    text = put(text, 'batches', table);
  }
  if (values.update) {
    writeFileSync(page, text);
    if (positionals.length === 0) writeFileSync(new URL('accuracy.svg', docs), accuracySvg(results));
  } else if (text !== before) {
    console.log('\ndocs/accuracy.md has other figures; --update writes these');
    process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
