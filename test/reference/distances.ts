/** Distances by their definitions, one pair at a time, in float64. The oracle of the kernels. */
import type { Metric } from '../../src/distance/metrics.ts';
import type { MetricParameters } from '../../src/distance/options.ts';

type Row = ArrayLike<number>;
type Term = (a: number, b: number, k: number) => number;

function sum(u: Row, v: Row, term: Term): number {
  let s = 0;
  for (let k = 0; k < u.length; k++) s += term(u[k], v[k], k);
  return s;
}

function cosine(u: Row, v: Row, w: (k: number) => number): number {
  const uv = sum(u, v, (a, b, k) => w(k) * a * b);
  const uu = sum(u, u, (a, b, k) => w(k) * a * b);
  const vv = sum(v, v, (a, b, k) => w(k) * a * b);
  const d = 1 - uv / Math.sqrt(uu) / Math.sqrt(vv);
  return Number.isNaN(d) ? d : Math.min(2, Math.max(0, d));
}

function boolean(metric: Metric, u: Row, v: Row, w: (k: number) => number): number {
  const count = (test: (a: boolean, b: boolean) => boolean) =>
    sum(u, v, (a, b, k) => (test(a !== 0, b !== 0) ? w(k) : 0));
  const tt = count((a, b) => a && b);
  const tf = count((a, b) => a && !b);
  const ft = count((a, b) => !a && b);
  const ff = count((a, b) => !a && !b);
  const differ = count((a, b) => a !== b);
  const all = count(() => true);
  switch (metric) {
    case 'jaccard':
      return tt + differ === 0 ? 0 : differ / (tt + differ);
    case 'kulczynski1':
      return tt / differ;
    case 'rogerstanimoto':
    case 'sokalmichener':
      return (2 * differ) / (all + differ);
    case 'russellrao':
      return (all - tt) / all;
    case 'sokalsneath':
      return (2 * differ) / (2 * differ + tt);
    case 'yule':
      return tf * ft === 0 ? 0 : (2 * tf * ft) / (tt * ff + tf * ft);
    default:
      throw new Error(`no reference for ${metric}`);
  }
}

function jensenShannon(u: Row, v: Row): number {
  const su = sum(u, u, (a) => a);
  const sv = sum(v, v, (a) => a);
  if (su === 0 || sv === 0) return Number.POSITIVE_INFINITY;
  for (let k = 0; k < u.length; k++) if (u[k] < 0 || v[k] < 0) return Number.POSITIVE_INFINITY;
  const s = sum(u, v, (a, b) => {
    const p = a / su;
    const q = b / sv;
    const m = (p + q) / 2;
    return (p > 0 ? p * Math.log(p / m) : 0) + (q > 0 ? q * Math.log(q / m) : 0);
  });
  return Math.sqrt(Math.max(0, s) / 2);
}

/** The distance of two rows. */
export function distance(metric: Metric, u: Row, v: Row, options: MetricParameters = {}): number {
  const { p = 2, w: weights, V, VI } = options;
  const d = u.length;
  const w = (k: number) => (weights ? weights[k] : 1);
  switch (metric) {
    case 'braycurtis':
      return sum(u, v, (a, b, k) => w(k) * Math.abs(a - b)) / sum(u, v, (a, b, k) => w(k) * Math.abs(a + b));
    case 'canberra':
      return sum(u, v, (a, b, k) =>
        a === 0 && b === 0 ? 0 : (w(k) * Math.abs(a - b)) / (Math.abs(a) + Math.abs(b)),
      );
    case 'chebyshev': {
      let most = 0;
      for (let k = 0; k < d; k++) if (w(k) > 0 && Math.abs(u[k] - v[k]) > most) most = Math.abs(u[k] - v[k]);
      return most;
    }
    case 'cityblock':
      return sum(u, v, (a, b, k) => w(k) * Math.abs(a - b));
    case 'correlation': {
      const all = sum(u, u, (_a, _b, k) => w(k));
      const mu = sum(u, u, (a, _b, k) => w(k) * a) / all;
      const mv = sum(v, v, (a, _b, k) => w(k) * a) / all;
      return cosine(
        Array.from(u, (x) => x - mu),
        Array.from(v, (x) => x - mv),
        w,
      );
    }
    case 'cosine':
      return cosine(u, v, w);
    case 'dice': {
      const differ = weights
        ? sum(u, v, (a, b, k) => (a !== b ? w(k) : 0))
        : sum(u, v, (a, b) => a * (1 - b) + b * (1 - a));
      const both = weights
        ? sum(u, v, (a, b, k) => (a !== 0 && b !== 0 ? w(k) : 0))
        : sum(u, v, (a, b) => a * b);
      return differ / (2 * both + differ);
    }
    case 'euclidean':
      return Math.sqrt(distance('sqeuclidean', u, v, options));
    case 'hamming':
      return sum(u, v, (a, b, k) => (a !== b ? w(k) : 0)) / sum(u, v, (_a, _b, k) => w(k));
    case 'jensenshannon':
      return jensenShannon(u, v);
    case 'mahalanobis': {
      let s = 0;
      for (let i = 0; i < d; i++) {
        for (let j = 0; j < d; j++) s += (u[i] - v[i]) * (VI as Float64Array)[i * d + j] * (u[j] - v[j]);
      }
      return Math.sqrt(s);
    }
    case 'minkowski':
      if (p === Number.POSITIVE_INFINITY) return distance('chebyshev', u, v, options);
      return sum(u, v, (a, b, k) => w(k) * Math.abs(a - b) ** p) ** (1 / p);
    case 'seuclidean':
      return Math.sqrt(sum(u, v, (a, b, k) => (a - b) ** 2 / (V as Float64Array)[k]));
    case 'sqeuclidean':
      return sum(u, v, (a, b, k) => w(k) * (a - b) ** 2);
    case 'rmsd':
      throw new Error('the oracle of rmsd is in test/golden/distances/rmsd.json');
    default:
      return boolean(metric, u, v, w);
  }
}
