/** Writes model.safetensors, which the worker holds: `node examples/edge/make-model.mjs`. */
import { writeFileSync } from 'node:fs';
import { twoPass } from 'coppice';
import { COLS, rows } from './rows.mjs';

const n = 6000;
const fit = await twoPass(
  { data: rows(n, 1), rows: n, cols: COLS },
  { clusters: 12, method: 'ward', stride: 2, leaders: { perCluster: 8, pick: 'medoid' } },
);
const { leaders } = fit.model;
const bytes = fit.model.save();
writeFileSync(new URL('model.safetensors', import.meta.url), bytes);
console.log(`${leaders.rows} leaders of ${leaders.cols} columns, ${bytes.length} bytes`);
