/** The parent's side: starts the process that reads, and sees when it hangs, dies or takes too much. */

import { fork } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A case that takes longer hangs: of the processor's time, since the machine may do other things, */
export const HANG_MS = 5000;
/** or of the clock's. */
const SILENT_MS = 60_000;
const START_MS = 60_000;
const LOOK_MS = 100;
/** A process that takes so much more than after its start is ended before the machine suffers. */
const ENDED_AT_BYTES = 1.5e9;

function residentBytes(pid) {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
    return pages * 4096;
  } catch {
    return 0; // not Linux, or gone
  }
}

/** Time of the processor that a process has taken, where the system tells. */
function processorMs(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return 0;
  }
}

/** A process that reads cases of one reader. */
export class Watched {
  #child;
  #folder = mkdtempSync(join(tmpdir(), 'coppice-fuzz-'));
  #descriptor;
  #timer;
  #waiting;
  #handler;
  /** Why it was ended by us. */
  #reason;

  constructor(reader) {
    this.reader = reader;
    const positions = join(this.#folder, 'position');
    writeFileSync(positions, new Uint8Array(16));
    this.#descriptor = openSync(positions, 'r');
    this.#child = fork(fileURLToPath(new URL('./child.mjs', import.meta.url)), [reader, positions], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: ['--max-old-space-size=1024'],
    });
    let printed = '';
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.on('data', (data) => {
        printed = (printed + data).slice(-4000);
      });
    }
    this.#child.on('message', (message) => {
      if (message.type === 'ready') this.#waiting?.resolve();
      else this.#handler?.(message);
    });
    // 'close' and not 'exit': what was printed is there.
    this.#child.on('close', (code, signal) => {
      clearInterval(this.#timer);
      const why = this.#reason ?? {
        kind: 'crash',
        message: `ended by ${signal ?? `exit code ${code}`}: ${printed.trim().split('\n').slice(-8).join(' | ')}`,
      };
      this.#waiting?.reject(new Error(`${reader}: ${why.message}\n${printed}`));
      this.#handler?.({ type: 'ended', finding: why, index: this.position[0] });
    });
    let last = -1;
    let since = Date.now();
    let spent = 0;
    this.#timer = setInterval(() => {
      const [index, count] = this.position;
      if (count !== last) {
        last = count;
        since = Date.now();
        spent = processorMs(this.#child.pid);
      }
      const busy = processorMs(this.#child.pid) - spent;
      const most = count <= 1 ? START_MS : HANG_MS;
      if (index >= 0 && (busy > most || Date.now() - since > SILENT_MS)) {
        this.#end('hang', `no answer in ${most / 1000} s`);
      }
      const resident = residentBytes(this.#child.pid);
      if (resident > ENDED_AT_BYTES) this.#end('memory', `${Math.round(resident / 1e6)} MB resident`);
    }, LOOK_MS);
    this.ready = new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
    this.ready.catch(() => {});
  }

  /** Index of the current case, and how many were begun. */
  get position() {
    const cell = new Float64Array(2);
    readSync(this.#descriptor, new Uint8Array(cell.buffer), 0, 16, 0);
    return cell;
  }

  #end(kind, message) {
    this.#reason = { kind, message };
    this.#child.kill('SIGKILL');
  }

  /** Send a message; `handler` gets all that comes back, at last {type: 'ended'} where the process is gone. */
  async ask(message, handler) {
    await this.ready;
    this.#handler = handler;
    this.#child.send(message);
  }

  close() {
    clearInterval(this.#timer);
    this.#handler = undefined;
    this.#child.kill('SIGKILL');
    closeSync(this.#descriptor);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Reads single cases, in a process that is started anew where one has ended it. */
export class Prober {
  #watched;

  constructor(reader) {
    this.reader = reader;
  }

  /** @returns {Promise<{refused?: boolean, finding?: {kind: string, message: string}}>} */
  async probe(entry) {
    this.#watched ??= new Watched(this.reader);
    const watched = this.#watched;
    const outcome = await new Promise((resolve, reject) => {
      watched
        .ask({ probe: entry }, (message) => {
          if (message.type === 'outcome') resolve(message.outcome);
          if (message.type === 'ended') resolve({ finding: message.finding });
        })
        .catch(reject);
    });
    if (['hang', 'crash', 'memory'].includes(outcome.finding?.kind)) this.close();
    return outcome;
  }

  /** Resolves when the process has read all seeds, and rejects where one is refused. */
  ready() {
    this.#watched ??= new Watched(this.reader);
    return this.#watched.ready;
  }

  close() {
    this.#watched?.close();
    this.#watched = undefined;
  }
}
