/**
 * Measures what fraction of the machine's peak speed the distance kernels reach. The peak is that of loops with the same
 * arithmetic (subtract, multiply, add; or multiply, add) on registers only, generated here and run in the same engine.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Report } from '../harness.mjs';
import { scratchFile } from '../scratch.mjs';

export const title = 'Distance kernels beside a loop of the same instructions on registers alone';

/** Required of the kernels for rows in the first-level cache. */
const LEAST_SHARE = 0.8;
/** Rows of a tile, and bytes of a column of its panel (assembly/distance/families.ts). */
const ROWS = 4;
const COLUMN = 32;

const numbers = (count) => Array.from({ length: count }, (_, i) => i);

const chains = (count) => numbers(count).reduce((sum, i) => (sum ? `v128.xor(${sum}, s${i})` : `s${i}`), '');

/** Σ e², where e becomes v - e at each step: 6 pairs of dependent chains, which no compiler may shorten. */
const differences = (name, type) => `export function ${name}(steps: u32): i32 {
  const v = ${type}.splat(0.75);
  ${numbers(6)
    .map((i) => `let s${i} = ${type}.splat(0), e${i} = ${type}.splat(0.${i + 1});`)
    .join(' ')}
  for (let k: u32 = 0; k < steps; k += 3) {
    ${numbers(24)
      .map(
        (i) =>
          `e${i % 6} = ${type}.sub(v, e${i % 6}); s${i % 6} = ${type}.add(s${i % 6}, ${type}.mul(e${i % 6}, e${i % 6}));`,
      )
      .join('\n    ')}
  }
  return i32x4.extract_lane(${chains(6)}, 0);
}`;

/** Only additions, two for each pair: an upper bound for any loop of differences, however well it hides latencies. */
const additions = (name, type) => `export function ${name}(steps: u32): i32 {
  const v = ${type}.splat(0.5);
  ${numbers(8)
    .map((i) => `let s${i} = ${type}.splat(0.${i + 1});`)
    .join(' ')}
  for (let k: u32 = 0; k < steps; k += 4) {
    ${numbers(64)
      .map((i) => `s${i % 8} = ${type}.add(s${i % 8}, v);`)
      .join('\n    ')}
  }
  return i32x4.extract_lane(${chains(8)}, 0);
}`;

/** Σ v p, with enough chains to hide the latencies of multiplication and addition. */
const products = (name, type) => `export function ${name}(steps: u32): i32 {
  const v = ${type}.splat(-1e-12);
  ${numbers(12)
    .map((i) => `let s${i} = ${type}.splat(-0.${i + 11});`)
    .join(' ')}
  for (let k: u32 = 0; k < steps; k += 6) {
    ${numbers(48)
      .map((i) => `s${i % 12} = ${type}.add(s${i % 12}, ${type}.mul(v, s${i % 12}));`)
      .join('\n    ')}
  }
  return i32x4.extract_lane(${chains(12)}, 0);
}`;

const LOOPS = [
  { suffix: 'F32', type: 'f32x4', lanes: 4 },
  { suffix: 'F64', type: 'f64x2', lanes: 2 },
].flatMap(({ suffix, type, lanes }) => [
  { kernel: `squares${suffix}`, loops: { differences, additions }, suffix, type, lanes },
  { kernel: `products${suffix}`, loops: { products }, suffix, type, lanes },
]);

async function buildLoops() {
  const require = createRequire(import.meta.url);
  const manifest = require.resolve('assemblyscript/package.json');
  const asc = path.join(path.dirname(manifest), require(manifest).bin.asc);
  const [source, out] = [scratchFile('loops.ts'), scratchFile('loops.wasm')];

  writeFileSync(
    source,
    LOOPS.flatMap(({ loops, suffix, type }) =>
      Object.entries(loops).map(([name, source]) => source(name + suffix, type)),
    ).join('\n'),
  );
  const options = [
    '-O3',
    '--runtime',
    'stub',
    '--noAssert',
    '--enable',
    'simd',
    '--outFile',
    path.basename(out),
  ];
  execFileSync(process.execPath, [asc, path.basename(source), ...options], { cwd: path.dirname(source) });
  const { instance } = await WebAssembly.instantiate(readFileSync(out), {
    env: { abort() {} },
  });
  return instance.exports;
}

/** Wall-clock or processor time, in seconds. */
function now() {
  if (!Report.cpu) return performance.now() / 1000;
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Seconds of the fastest of several runs of a few milliseconds each. */
function fastest(run) {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 60; i++) {
    const start = now();
    run();
    least = Math.min(least, now() - start);
  }
  return least;
}

/** Calls of a kernel on the same four rows and a few panels, as in a tile. */
function tiles(exports, memory, { kernel, lanes }, d) {
  const size = lanes === 4 ? 4 : 8;
  const [rows, panels, out] = [1024, 1024 + ROWS * d * size + 64, 2 ** 20];
  const count = Math.max(1, Math.floor(16384 / (d * COLUMN)));
  const values = new (size === 4 ? Float32Array : Float64Array)(memory.buffer, rows, (out - rows) / size);
  for (let i = 0; i < values.length; i++) values[i] = ((i * 37) % 101) / 101;
  const repeats = Math.ceil(4e6 / (count * d));
  const sums = exports[kernel];
  return {
    pairs: repeats * count * ROWS * 2 * lanes * d,
    run() {
      for (let r = 0; r < repeats; r++) {
        for (let p = 0; p < count; p++) {
          const at = [0, 1, 2, 3].map((i) => rows + i * d * size);
          sums(at[0], at[1], at[2], at[3], panels + p * d * COLUMN, d, 0, out);
        }
      }
    },
  };
}

export async function run() {
  const report = new Report(title, { unit: 'G pair-dimensions/s', per: 1e9 });
  let loops;
  try {
    loops = await buildLoops();
  } catch (error) {
    report.skip('everything', `the loops could not be built: ${error.message.split('\n')[0]}`);
    return report;
  }
  if (!existsSync('build/kernels.wasm')) {
    report.skip('everything', 'there is no build/kernels.wasm');
    return report;
  }
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 65536, shared: true });
  const { instance } = await WebAssembly.instantiate(readFileSync('build/kernels.wasm'), { env: { memory } });
  const steps = 400_000;
  for (const entry of LOOPS) {
    const { kernel, suffix, lanes } = entry;
    const work = tiles(instance.exports, memory, entry, 256);
    const most = Object.fromEntries(Object.keys(entry.loops).map((name) => [name, 0]));
    let reached = 0;
    // In turns, so that all run under the same conditions.
    for (let round = 0; round < 3; round++) {
      for (const name of Object.keys(most)) {
        const seconds = fastest(() => loops[name + suffix](steps));
        most[name] = Math.max(most[name], (steps * 8 * lanes) / seconds);
      }
      reached = Math.max(reached, work.pairs / fastest(work.run));
    }
    const { unit } = report;
    report.figure({ name: `${kernel}, d = 256, rows in cache`, value: reached / 1e9, unit });
    for (const [name, ceiling] of Object.entries(most)) {
      report.figure({ name: `${name}${suffix}, registers alone`, value: ceiling / 1e9, unit });
      const value = reached / ceiling;
      report.figure({ name: `${kernel} by ${name}${suffix}`, value, least: LEAST_SHARE, ratio: true });
    }
  }
  return report;
}
