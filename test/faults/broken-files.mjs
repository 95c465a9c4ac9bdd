/**
 * A file system that fails on purpose: the n-th call of `node:fs` fails as the system's own calls do, for every function
 * by which Coppice reaches it. Import it before the code that is tried.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** What each call fails with. */
const CODES = {
  access: 'EIO',
  close: 'EIO',
  datasync: 'EIO',
  exists: undefined,
  fdatasync: 'EIO',
  fsync: 'EIO',
  link: 'EIO',
  lstat: 'EIO',
  mkdir: 'ENOSPC',
  open: 'EMFILE',
  read: 'EIO',
  readFile: 'EIO',
  readdir: 'EIO',
  readlink: 'EIO',
  realpath: 'EIO',
  rename: 'EIO',
  rm: 'EBUSY',
  rmdir: 'EBUSY',
  stat: 'EIO',
  statfs: 'ENOSYS',
  sync: 'EIO',
  truncate: 'EIO',
  unlink: 'EBUSY',
  write: 'ENOSPC',
  writeFile: 'ENOSPC',
};

let armed;
let count = 0;

/** Let the n-th call (from 0) fail; where `lasting`, all calls of that kind after it too. */
export function arm(nth, lasting = false) {
  count = 0;
  armed = { nth, lasting, failed: undefined };
}

/** @returns which call failed; undefined if there were fewer calls */
export function disarm() {
  const { failed } = armed;
  armed = undefined;
  return failed;
}

function fault(call, args) {
  // What the runtime itself reads, to load code, is left alone.
  if (!armed || args[0] instanceof URL || /\.(m?js|json|wasm|node)$/.test(args[0])) return undefined;
  const hit = armed.failed ? armed.lasting && armed.failed.call === call : count++ === armed.nth;
  if (!hit) return undefined;
  const at = typeof args[0] === 'string' ? args[0] : undefined;
  armed.failed ??= { call, at };
  const code = CODES[call];
  const where = at === undefined ? '' : ` '${at}'`;
  return Object.assign(new Error(`${code}: injected by the test, ${call}${where}`), {
    code,
    syscall: call,
    errno: -5,
    ...(at === undefined ? {} : { path: at }),
  });
}

function keep(wrapped, original) {
  for (const key of Object.getOwnPropertySymbols(original)) {
    Object.defineProperty(wrapped, key, Object.getOwnPropertyDescriptor(original, key));
  }
  return Object.assign(wrapped, original);
}

const file = path.join(tmpdir(), `coppice-handle-${process.pid}`);
const handle = await fs.promises.open(file, 'w');
const Handle = Object.getPrototypeOf(handle);
await handle.close();
fs.rmSync(file);

for (const call of Object.keys(CODES)) {
  if (CODES[call] === undefined) continue;
  for (const owner of [fs.promises, Handle]) {
    const original = owner[call];
    if (typeof original !== 'function') continue;
    owner[call] = function (...args) {
      const error = fault(call, args);
      if (!error) return original.apply(this, args);
      // A handle that could not be closed is gone all the same.
      return call === 'close'
        ? original.apply(this, args).then(() => Promise.reject(error))
        : Promise.reject(error);
    };
  }
  const sync = fs[`${call}Sync`];
  if (sync) {
    fs[`${call}Sync`] = keep((...args) => {
      const error = fault(call, args);
      if (error && call === 'close') sync(...args);
      if (error) throw error;
      return sync(...args);
    }, sync);
  }
  const later = fs[call];
  if (typeof later === 'function') {
    fs[call] = keep((...args) => {
      const error = fault(call, args);
      if (!error) return later(...args);
      if (call === 'close') later(args[0], () => {});
      setImmediate(args.at(-1), error);
    }, later);
  }
}
syncBuiltinESMExports();
