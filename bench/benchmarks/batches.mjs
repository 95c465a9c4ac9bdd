/**
 * A donor's repertoire in one go: `coppice batch run` on 245,000 distinct CDR3 sequences, from file to clusters, without overlap
 * and with it. The Python package clusTCR needs 198 s for the same number on the same machine (two-step clustering with its
 * defaults); it is not run here.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Report } from '../harness.mjs';
import { receptors } from '../receptors.mjs';
import { scratchFile, start } from '../scratch.mjs';

export const title = '245,000 CDR3 sequences to Markov clusters, in two steps, one thread';

const SEQUENCES = 245_000;
const PEER_SECONDS = 198;
const MOST_MB = 600;
const GNU_TIME = '/usr/bin/time';
const CLI = fileURLToPath(new URL('../../build/cli.js', import.meta.url));

/** Run the command under GNU time. */
function clusterFile(file, out, overlap) {
  const log = scratchFile('time.txt');
  const options = [
    '--column',
    'junction_aa',
    '--method',
    'mcl',
    '--inflation',
    '1.2',
    '--cluster-size',
    '5000',
  ];
  const more = ['--overlap', `${overlap}`, '--threads', '1', '--out', out, '--json'];
  const command = [process.execPath, CLI, 'batch', 'run', file, ...options, ...more];
  return new Promise((resolve, reject) => {
    const child = start(GNU_TIME, ['-v', '-o', log, ...command], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    let errors = '';
    child.stdout.on('data', (data) => (said += data));
    child.stderr.on('data', (data) => (errors += data));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code !== 0) return reject(new Error(`coppice batch run ended with ${code}: ${errors}`));
      const text = readFileSync(log, 'utf8');
      const clock = /Elapsed \(wall clock\).*: ([\d:.]+)/.exec(text)[1];
      resolve({
        facts: JSON.parse(said),
        peakMB: (Number(/Maximum resident set size \(kbytes\): (\d+)/.exec(text)[1]) * 1024) / 1e6,
        // Processor time: independent of other work on the machine.
        processorSeconds:
          Number(/User time.*: ([\d.]+)/.exec(text)[1]) + Number(/System time.*: ([\d.]+)/.exec(text)[1]),
        seconds: clock.split(':').reduce((sum, part) => 60 * sum + Number(part), 0),
      });
    });
  });
}

export async function run() {
  const report = new Report(title, { unit: 's' });
  if (!existsSync(GNU_TIME)) {
    report.skip('everything', `there is no ${GNU_TIME} (Debian: apt install time)`);
    return report;
  }
  const file = scratchFile('receptors.tsv');
  const out = scratchFile('clusters.csv');
  const all = receptors(SEQUENCES);
  try {
    writeFileSync(file, `junction_aa\n${all.join('\n')}\n`);
    for (const overlap of [1, 2]) {
      const { facts, peakMB, seconds, processorSeconds } = await clusterFile(file, out, overlap);
      const name = (what) => `overlap ${overlap}: ${what}`;
      report.figure({ name: name('whole run'), value: seconds, unit: 's' });
      report.figure({
        name: name('processor time'),
        value: processorSeconds,
        unit: 's',
        most: PEER_SECONDS / 5,
      });
      report.figure({ name: name('peak resident size'), value: peakMB, unit: 'MB', most: MOST_MB });
      const share = 100 * facts.edges.share;
      report.figure({ name: name('edges kept'), value: share, unit: '%', ...(overlap > 1 && { least: 97 }) });
      const lines = readFileSync(out, 'utf8').trimEnd().split('\n');
      const right =
        lines.length === SEQUENCES + 1 &&
        lines.every((line, i) => i === 0 || line.startsWith(`${all[i - 1]},`));
      report.figure({ name: name('lines'), value: `${lines.length - 1} of ${SEQUENCES}`, ok: right });
    }
  } finally {
    rmSync(file, { force: true });
    rmSync(out, { force: true });
  }
  return report;
}
