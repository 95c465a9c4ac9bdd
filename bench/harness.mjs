/**
 * Runs contests (ours and the peers in turns, best of several runs), compares the results, and records figures.
 *
 * A contest has a row for each variant of ours:
 *   name     name of the row
 *   work     units of work per run
 *   ours     {variant: {run, asked}}; `asked` lists {over, ratio} (required ratio to a peer) and {rate} (in the report's unit)
 *   peers    {'PACKAGE what': args of the function of that name in bench/peers/*.py},
 *            or {'PACKAGE what': (module) => run} for a JavaScript package of bench/package.json
 *   compare  (mine, theirs, variant, peer) => {text, ok}
 */
import { jsPeer } from './jspeers.mjs';
import { Peers } from './peer.mjs';

const LEAST_ROUNDS = 3;
/** A contestant that takes longer than this in one round is not run again. */
const LONG_SECONDS = 10;

function note(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

async function time(run) {
  const before = process.cpuUsage();
  const start = performance.now();
  const result = await run();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { seconds: Report.cpu ? (user + system) / 1e6 : seconds, result };
}

const best = (times) => Math.min(...times);
const middle = (times) => [...times].sort((a, b) => a - b)[times.length >> 1];

export function formatNumber(x) {
  if (x === 0) return '0';
  return Math.abs(x) >= 1e-3 && Math.abs(x) < 1e5 ? String(Number(x.toPrecision(3))) : x.toExponential(1);
}

/** A Markdown table with aligned columns. */
export function formatTable(head, rows) {
  const widths = head.map((cell, j) => Math.max(3, cell.length, ...rows.map((row) => row[j].length)));
  const line = (cells) => `| ${cells.map((cell, j) => cell.padEnd(widths[j])).join(' | ')} |`;
  return [line(head), line(widths.map((w) => '-'.repeat(w))), ...rows.map(line)].join('\n');
}

/** The results of one benchmark. */
export class Report {
  records = [];
  skipped = new Map();
  versions = {};
  #peers;

  /** @param unit unit of throughput, and the number of work units in it */
  constructor(title, { unit, per = 1 }) {
    this.title = title;
    this.unit = unit;
    this.per = per;
  }

  /** Fewer rounds, for a quick look. */
  static quick = false;
  /** Measure processor time instead of wall-clock time. */
  static cpu = false;

  async startPeers(name) {
    this.#peers = await Peers.start(name);
    Object.assign(this.versions, this.#peers.versions);
  }

  stop() {
    this.#peers?.stop();
  }

  /** Run all contestants in turns: at least three rounds, then until `seconds` have passed or `rounds` are done. */
  async contest({ name, work, ours, peers = {}, compare, rounds = 7, seconds = 4 }) {
    const runners = new Map();
    const results = new Map();
    for (const [variant, { run }] of Object.entries(ours)) {
      runners.set(variant, async () => {
        results.delete(variant);
        const turn = await time(run);
        results.set(variant, turn.result);
        return turn.seconds;
      });
    }
    const inProcess = new Set();
    for (const [op, args] of Object.entries(peers)) {
      if (typeof args === 'function') {
        const { name: packageName, version, why, module } = await jsPeer(op);
        if (why !== undefined) {
          this.skipped.set(op, why);
          continue;
        }
        this.versions[packageName] = version;
        const run = await args(module);
        inProcess.add(op);
        runners.set(op, async () => {
          results.delete(op);
          const turn = await time(run);
          results.set(op, turn.result);
          return turn.seconds;
        });
        continue;
      }
      if (!this.#peers?.version(op)) {
        this.skipped.set(op, this.#peers?.why(op) ?? 'no peers were started');
        continue;
      }
      await this.#peers.prepare(op, args);
      runners.set(op, () => this.#peers.run(op, Report.cpu));
    }
    const times = new Map([...runners.keys()].map((key) => [key, []]));
    const begin = performance.now();
    const most = Report.quick ? LEAST_ROUNDS : rounds;
    for (let round = 0; round < most; round++) {
      if (round >= LEAST_ROUNDS && performance.now() - begin > seconds * 1000) break;
      for (const [key, run] of runners) {
        if (times.get(key)[0] > LONG_SECONDS) continue;
        note(`${name}: ${key}, round ${round + 1}`);
        times.get(key).push(await run());
      }
    }
    const comparisons = [];
    for (const op of Object.keys(peers)) {
      if (!runners.has(op)) continue;
      const theirs = inProcess.has(op) ? results.get(op) : await this.#peers.result(op);
      for (const variant of Object.keys(ours)) {
        comparisons.push({ variant, op, ...compare(results.get(variant), theirs, variant, op) });
      }
      if (!inProcess.has(op)) await this.#peers.forget(op);
    }
    note('');
    const seen = [...runners.keys()].filter((key) => key in peers);
    for (const [variant, { asked = [] }] of Object.entries(ours)) {
      const own = best(times.get(variant));
      const rate = work / own / this.per;
      const ratios = Object.fromEntries(seen.map((op) => [op, best(times.get(op)) / own]));
      this.records.push({
        name,
        variant,
        seconds: own,
        median: middle(times.get(variant)),
        rate,
        unit: this.unit,
        peers: Object.fromEntries(seen.map((op) => [op, best(times.get(op))])),
        ratios,
        times: Object.fromEntries([variant, ...seen].map((key) => [key, times.get(key)])),
        asked: asked.map((wish) => judge(wish, rate, ratios)),
        compared: comparisons.filter((c) => c.variant === variant),
      });
    }
  }

  /**
   * A figure without a peer. `most` and `least` are requirements. `ratio` means that both of its values were measured in this run,
   * so that it can be compared with that of another day.
   */
  figure({ name, value, unit, most, least, ok, ratio = false }) {
    const met = ok ?? ((most === undefined || value <= most) && (least === undefined || value >= least));
    const wish = most !== undefined ? `at most ${most}` : least !== undefined ? `at least ${least}` : '';
    this.records.push({ name, value, unit, wish, met, wrong: ok === false, ratio });
  }

  skip(what, why) {
    this.skipped.set(what, why);
  }

  /** Whether all compared results are equal. Being slow is not a failure. */
  get right() {
    return this.records.every((r) => !r.wrong && (r.compared ?? []).every((c) => c.ok));
  }

  print() {
    console.log(`\n## ${this.title}\n`);
    const contests = this.records.filter((r) => r.times);
    if (contests.length > 0) console.log(this.#contestTable(contests));
    const figures = this.records.filter((r) => !r.times);
    if (figures.length > 0) {
      const rows = figures.map(({ name, value, unit, wish, met }) => [
        name,
        `${typeof value === 'number' ? formatNumber(value) : value} ${unit ?? ''}`.trim(),
        wish,
        met ? (wish ? 'met' : '') : 'NOT MET',
      ]);
      console.log(formatTable(['', 'measured', 'asked', ''], rows));
    }
    for (const [what, why] of this.skipped) console.log(`\nskipped: ${what} (${why})`);
  }

  #contestTable(records) {
    const ops = [...new Set(records.flatMap((r) => Object.keys(r.peers)))];
    const head = ['', 'coppice, s', this.unit];
    for (const op of ops) head.push(`${op}, s`, 'ratio');
    head.push('asked', 'difference');
    const rows = records.map((r) => {
      const row = [`${r.name}, ${r.variant}`, r.seconds.toFixed(4), formatNumber(r.rate)];
      for (const op of ops) {
        row.push(
          op in r.peers ? r.peers[op].toFixed(4) : '',
          op in r.ratios ? `${r.ratios[op].toFixed(2)}x` : '',
        );
      }
      const worst = r.compared.find((c) => !c.ok) ?? r.compared.at(-1);
      row.push(
        r.asked
          .map(({ text, met }) => `${text}: ${met === undefined ? 'no peer' : met ? 'met' : 'NOT MET'}`)
          .join(', '),
        worst ? `${worst.text}${worst.ok ? '' : ' WRONG'}` : 'not compared',
      );
      return row;
    });
    return formatTable(head, rows);
  }
}

function judge({ over, ratio, rate: least }, rate, ratios) {
  if (least !== undefined) return { text: `${least}`, least, met: rate >= least };
  return { text: `${ratio}x ${over}`, over, ratio, met: over in ratios ? ratios[over] >= ratio : undefined };
}
