/** Writes the worker's model: `node examples/edge/make-model.mjs examples/edge/model.safetensors`. */
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
writeFileSync(process.argv[2], bytes);
console.log(`${leaders.rows} leaders of ${leaders.cols} columns, ${bytes.length} bytes`);
