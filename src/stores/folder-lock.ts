/**
 * A lock file in a folder: who has it, as JSON. It is made in one step or not at all, so of two runs that come at the
 * same time one gets it.
 *
 * A process that is killed leaves its lock behind. Whether its owner still lives is known on the machine that it ran
 * on (process-owner.ts).
 */

import { StoreError } from '../errors.ts';
import { hostName, isDead, type ProcessOwner, thisProcess } from '../support/process-owner.ts';

type Fs = typeof import('node:fs').promises;

export const LOCK_FILE = 'lock';
/** Held for the few milliseconds in which a dead run's lock is replaced. */
const TAKEOVER = 'lock.takeover';
/** A takeover, or a lock that was begun, that is older than this was left by a run that was killed. */
const TAKEOVER_MS = 10_000;

interface Owner extends ProcessOwner {
  /** For people. */
  host: string;
  /** Tells two locks of one process apart. */
  token: string;
}

/** Locks that were given back, though their files could not be removed. */
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

/** Why a lock must be respected; undefined where its run is dead. */
async function whyHeld(fs: Fs, path: string, owner: Owner | 'unreadable'): Promise<string | undefined> {
  const file = `${path}/${LOCK_FILE}`;
  if (owner === 'unreadable') {
    // Where there are no links: between making the file and writing to it a process may have been killed, or it is
    // at it just now.
    const stat = await fs.stat(file).catch(() => undefined);
    const age = stat ? Date.now() - stat.mtimeMs : Number.POSITIVE_INFINITY;
    return age > TAKEOVER_MS ? undefined : 'is being taken by another run; try again in some seconds';
  }
  const { pid, host, place, token } = owner;
  if (givenBack.has(token)) return undefined;
  if (place !== thisProcess().place) {
    return (
      `is in use by process ${pid} on ${JSON.stringify(host)}; if that run is dead, which cannot be told from here, ` +
      `remove ${JSON.stringify(file)}`
    );
  }
  if (isDead(owner)) return undefined;
  const who = pid === process.pid ? 'another run of this process' : `process ${pid}`;
  return `is in use by ${who}; each run needs a folder of its own`;
}

/** What a file system says that has no links. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL', 'EXDEV'];

/**
 * Make a file with its contents in one step, by way of a temporary one.
 * @returns false where it is there already
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
    // One that stays is swept by a later run.
    await fs.rm(temporary, { force: true }).catch(() => {});
  }
}

/**
 * Take the lock of a folder.
 * @returns what gives it back
 * @throws StoreError naming the owner where another run has it
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
    // The file may stay: this process knows that it means nothing, and others see it once this process has ended.
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

/** Remove a dead run's lock, unless someone else has done so and has the folder now. */
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

/** Remove what runs have left that were killed while they took the lock: these files live for milliseconds. */
async function sweepTemporary(fs: Fs, path: string): Promise<void> {
  for (const name of await fs.readdir(path).catch(() => [])) {
    if (!/^lock\.([0-9a-f]{24}|takeover)$/.test(name)) continue;
    const stat = await fs.stat(`${path}/${name}`).catch(() => undefined);
    if (!stat || Date.now() - stat.mtimeMs <= TAKEOVER_MS) continue;
    const gone = name === TAKEOVER ? fs.rmdir(`${path}/${name}`) : fs.rm(`${path}/${name}`, { force: true });
    await gone.catch(() => {});
  }
}
