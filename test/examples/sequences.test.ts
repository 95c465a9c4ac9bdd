/** examples/sequences: what it prints and writes. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { root } from '../platform/help.ts';

const run = promisify(execFile);
const env = { ...process.env, NO_COLOR: '1', NODE_OPTIONS: '' };

test('clusters of made-up receptors, as a table and as a file', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'coppice-sequences-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  symlinkSync(path.join(root, 'examples'), path.join(folder, 'examples'));
  const script = path.join(root, 'examples/sequences/cluster.mjs');
  const { stdout, stderr } = await run(process.execPath, [script], { cwd: folder, env });
  expect(stderr).toContain(
    '3 rows skipped, because they are not valid sequences; the first: examples/sequences/receptors.tsv, line 35, column 3: "CASSL*GNTEAFF" has "*" at position 6',
  );
  const lines = stdout.trim().split('\n');
  expect(lines.slice(0, 3)).toEqual([
    'examples/sequences/receptors.tsv: 597 sequences, 526 distinct, 195 edges',
    '15 clusters; 399 sequences have no neighbour',
    'cluster  6:  14 sequences,  16 rows, entropy 0.08, hydrophobicity   0.19  CSARYGFRRDLMYVGYTF',
  ]);
  const rows = readFileSync(path.join(folder, 'clusters.csv'), 'utf8').trim().split('\n');
  expect(rows[0]).toBe('sequence,cluster');
  expect(rows.length).toBe(1 + 526);
  expect(rows.filter((row) => row.endsWith(',')).length).toBe(399);
  const sizes = new Map<string, number>();
  for (const row of rows.slice(1)) sizes.set(row.split(',')[1], (sizes.get(row.split(',')[1]) ?? 0) + 1);
  expect(sizes.get('6')).toBe(14);
  expect(sizes.size).toBe(16);
});

test('receptors.tsv is what make-receptors.mjs makes', async () => {
  const script = path.join(root, 'examples/sequences/make-receptors.mjs');
  const { stdout } = await run(process.execPath, [script], { env });
  expect(readFileSync(path.join(root, 'examples/sequences/receptors.tsv'), 'utf8')).toBe(stdout);
});
