/**
 * A lock file in a folder. It names its owner as JSON. It is created in one atomic step, so only one of two simultaneous
 * runs gets it.
 *
 * A killed process leaves its lock behind. Only the machine on which the owner ran can tell whether it still lives
 * (process-owner.ts).
 */

import { StoreError } from '../errors.ts';
import { hostName, isDead, type ProcessOwner, thisProcess } from '../support/process-owner.ts';

type Fs = typeof import('node:fs').promises;

const LOCK_FILE = 'lock';
/** A folder that exists for the few milliseconds in which a dead run's lock is replaced. */
const TAKEOVER = 'lock.takeover';
/** A takeover, or an incomplete lock, that is older than this was left by a killed run. */
const TAKEOVER_MS = 10_000;

interface Owner extends ProcessOwner {
  /** For messages. */
  host: string;
  /** Distinguishes two locks of one process. */
  token: string;
}

/** Locks that were released although their files could not be removed. */
const givenBack = new Set<string>();

async function readOwner(fs: Fs, file: string): Promise<Owner | 'nobody' | 'unreadable'> {
  let text: string;
  try {
    text = await fs.readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'nobody';
    throw error;
  }
  try {
    const { pid, host, began, place, token } = JSON.parse(text);
    if (Number.isSafeInteger(pid) && pid > 0) return { pid, host, began, place, token };
  } catch {}
  return 'unreadable';
}

/** Why a lock must be respected; undefined if its run is dead. */
async function whyHeld(fs: Fs, path: string, owner: Owner | 'unreadable'): Promise<string | undefined> {
  const file = `${path}/${LOCK_FILE}`;
  if (owner === 'unreadable') {
    // On file systems without links, the file is created before it is written. Its process may have been killed in between,
    // or may be about to write.
    const stat = await fs.stat(file).catch(() => undefined);
    const age = stat ? Date.now() - stat.mtimeMs : Number.POSITIVE_INFINITY;
    return age > TAKEOVER_MS ? undefined : 'is being taken by another run; try again in some seconds';
  }
  const { pid, host, place, token } = owner;
  if (givenBack.has(token)) return undefined;
  if (place !== thisProcess().place) {
    return (
      `is in use by process ${pid} on ${JSON.stringify(host)}; this machine cannot check whether it still runs; if it does not, ` +
      `remove ${JSON.stringify(file)}`
    );
  }
  if (isDead(owner)) return undefined;
  const who = pid === process.pid ? 'another run of this process' : `process ${pid}`;
  return `is in use by ${who}; each run needs a folder of its own`;
}

/** Error codes of file systems that have no links. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL', 'EXDEV'];

/**
 * Create a file with its contents in one atomic step, by way of a temporary file.
 * @returns false if the file exists already
 */
async function createWhole(fs: Fs, file: string, text: string, temporary: string): Promise<boolean> {
  try {
    await fs.writeFile(temporary, text, { flag: 'wx' });
    await fs.link(temporary, file).catch((error) => {
      if (!NO_LINKS.includes(error.code)) throw error;
      return fs.writeFile(file, text, { flag: 'wx' });
    });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    // If it remains, a later run removes it.
    await fs.rm(temporary, { force: true }).catch(() => {});
  }
}

/**
 * Take the lock of a folder.
 * @returns a function that releases the lock
 * @throws StoreError that names the owner, if another run has the lock
 */
export async function takeLock(fs: Fs, path: string): Promise<() => Promise<void>> {
  const file = `${path}/${LOCK_FILE}`;
  const token = Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) =>
    b.toString(16).padStart(2, '0'),
  );
  const me: Owner = { ...thisProcess(), host: hostName(), token: token.join('') };
  const text = `${JSON.stringify(me)}\n`;
  const release = async () => {
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        const owner = await readOwner(fs, file);
        if (typeof owner === 'object' && owner.token === me.token) await fs.rm(file, { force: true });
        return;
      } catch {}
    }
    // The file may remain. This process remembers that it is released; others see that its owner is dead after this process ends.
    givenBack.add(me.token);
  };
  for (let attempt = 0; attempt < 5; attempt++) {
    if (await createWhole(fs, file, text, `${file}.${me.token}`)) {
      await sweepTemporary(fs, path);
      return release;
    }
    const owner = await readOwner(fs, file);
    if (owner === 'nobody') continue;
    const why = await whyHeld(fs, path, owner);
    if (why !== undefined) throw new StoreError(path, why);
    await removeStale(fs, path, owner);
  }
  throw new StoreError(path, 'is being taken by other runs at the same time; try again in some seconds');
}

/** Remove a dead run's lock, unless another run has replaced it meanwhile. */
async function removeStale(fs: Fs, path: string, seen: Owner | 'unreadable'): Promise<void> {
  const takeover = `${path}/${TAKEOVER}`;
  try {
    await fs.mkdir(takeover);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const stat = await fs.stat(takeover).catch(() => undefined);
    if (stat && Date.now() - stat.mtimeMs > TAKEOVER_MS) await fs.rmdir(takeover).catch(() => {});
    else await new Promise((resolve) => setTimeout(resolve, 50));
    return;
  }
  try {
    const file = `${path}/${LOCK_FILE}`;
    const now = await readOwner(fs, file);
    const same =
      typeof now === 'object' && typeof seen === 'object' ? now.token === seen.token : now === seen;
    if (same) await fs.rm(file, { force: true });
  } finally {
    await fs.rmdir(takeover).catch(() => {});
  }
}

/** Remove temporary files of runs that were killed while taking the lock. Such files normally exist for milliseconds. */
async function sweepTemporary(fs: Fs, path: string): Promise<void> {
  for (const name of await fs.readdir(path).catch(() => [])) {
    if (!/^lock\.([0-9a-f]{24}|takeover)$/.test(name)) continue;
    const stat = await fs.stat(`${path}/${name}`).catch(() => undefined);
    if (!stat || Date.now() - stat.mtimeMs <= TAKEOVER_MS) continue;
    const gone = name === TAKEOVER ? fs.rmdir(`${path}/${name}`) : fs.rm(`${path}/${name}`, { force: true });
    await gone.catch(() => {});
  }
}
