/**
 * Peers in Python. Each benchmark has one Python process, which prepares runs, runs them on request, and measures their time. So
 * both sides take turns in one session, and no start-up time is included.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { readNpy } from './data.mjs';
import { scratchFile, start } from './scratch.mjs';

const ONE_THREAD = {
  OMP_NUM_THREADS: '1',
  OPENBLAS_NUM_THREADS: '1',
  MKL_NUM_THREADS: '1',
  NUMEXPR_NUM_THREADS: '1',
};

let python;

/** The first Python that has NumPy. COPPICE_BENCH_PYTHON is tried first. */
function findPython() {
  python ??=
    [process.env.COPPICE_BENCH_PYTHON, '/usr/bin/python3', 'python3'].find(
      (command) => command && spawnSync(command, ['-c', 'import numpy']).status === 0,
    ) ?? '';
  return python;
}

export class Peers {
  /** Versions of the available packages. */
  versions = {};
  /** Why other packages are not available. */
  missing = {};
  #child;
  #answers;

  /** Start bench/peers/NAME.py and ask which of its packages are available. */
  static async start(name) {
    const peers = new Peers();
    const command = findPython();
    if (!command) {
      peers.missing = { python: 'no python3 with numpy' };
      return peers;
    }
    const script = fileURLToPath(new URL(`./peers/${name}.py`, import.meta.url));
    const child = start(command, ['-B', script], {
      env: { ...process.env, ...ONE_THREAD },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    peers.#child = child;
    peers.#answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    Object.assign(peers, await peers.#answer());
    return peers;
  }

  async #answer() {
    const { value, done } = await this.#answers.next();
    if (done) throw new Error('a peer process ended before it answered');
    const answer = JSON.parse(value);
    if (answer.error) throw new Error(`peer: ${answer.error}`);
    return answer;
  }

  #ask(request) {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    return this.#answer();
  }

  /** The version of the package that an operation needs; undefined if it is not available. */
  version(op) {
    const name = op.split(' ')[0];
    return this.versions[name];
  }

  why(op) {
    return this.missing[op.split(' ')[0]] ?? this.missing.python ?? 'not known to the peer script';
  }

  prepare(op, args) {
    return this.#ask({ do: 'prepare', op, args });
  }

  /** Seconds of one run: wall-clock or processor time. */
  async run(op, cpu) {
    const { seconds, cpuSeconds } = await this.#ask({ do: 'run', op });
    return cpu ? cpuSeconds : seconds;
  }

  /** The result of the last run. */
  async result(op) {
    const file = scratchFile(`peer-${path.basename(op).replace(/\W+/g, '-')}.npy`);
    await this.#ask({ do: 'save', op, file });
    return readNpy(file);
  }

  forget(op) {
    return this.#ask({ do: 'forget', op });
  }

  stop() {
    this.#child?.kill();
  }
}
