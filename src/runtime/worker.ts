/**
 * What runs in a worker, as source text: workers start from text in every runtime and under every bundler.
 *
 * A worker holds an instance of the kernels for each memory it has been told of, and does jobs. It takes
 * tiles from a counter in linear memory until none are left, the job is stopped, or a kernel reports a status.
 *
 * Control words, i32, at the beginning of linear memory (Layout keeps them free):
 *   0 next    the first row that nobody has taken
 *   1 stop    1: take no more tiles; 2: a thread has died, wait for nobody
 *   2 done    rows that are done
 *   3 status  of the kernel that was not content
 */
export const NEXT = 0;
export const STOP = 1;
export const DONE = 2;
export const STATUS = 3;
/** Address of a control word. */
export const STOP_PTR = 4 * STOP;
export const DONE_PTR = 4 * DONE;
/** What the stop word says when a thread has died. */
export const EMERGENCY = 2;

/** Main to worker. */
export type Order =
  | { type: 'memory'; id: number; modules: WebAssembly.Module[]; memory: WebAssembly.Memory; lock?: string }
  | { type: 'forget'; id: number }
  | { type: 'job'; id: number; job: Job };

export interface Job {
  kernel: string;
  args: number[];
  /** Places of the range in args; begin may be -1. */
  begin: number;
  end: number;
  to: number;
  grain: number;
  tileMs: number;
  threads: number;
  /** Not tiles: every thread makes this call once, and they work in lock-step. */
  gang: boolean;
}

/** Worker to main. */
export type Report =
  | { type: 'ready'; locked: boolean }
  | { type: 'done' }
  | { type: 'failed'; message: string };

export const WORKER_SOURCE = `
'use strict';
const wt = globalThis.process?.getBuiltinModule?.('node:worker_threads');
const port = wt && !wt.isMainThread && wt.parentPort ? wt.parentPort : globalThis;
const instances = new Map();
async function obey(order) {
  if (order.type === 'memory') {
    const { id, modules, memory } = order;
    const kernels = { ...instances.get(id)?.kernels };
    for (const one of modules) {
      const instance = await WebAssembly.instantiate(one, { env: { memory } });
      Object.assign(kernels, instance.exports);
    }
    instances.set(id, { kernels, memory });
    // Held until this worker is gone, which the page could not know otherwise.
    const locked = order.lock !== undefined && (await new Promise((resolve) => {
      navigator.locks.request(order.lock, () => (resolve(true), new Promise(() => {}))).catch(() => resolve(false));
    }).catch(() => false));
    return { type: 'ready', locked };
  }
  if (order.type === 'forget') {
    instances.delete(order.id);
    return undefined;
  }
  const { kernels, memory } = instances.get(order.id);
  const { kernel, args, begin, end, to, grain, tileMs, threads } = order.job;
  const run = kernels[kernel];
  const control = new Int32Array(memory.buffer, 0, 4);
  if (order.job.gang) {
    const status = run(...args);
    if (status !== 0) Atomics.compareExchange(control, ${STATUS}, 0, status);
    return { type: 'done' };
  }
  let size = grain;
  while (Atomics.load(control, ${STOP}) === 0) {
    // Towards the end tiles shrink, so that no thread waits long for the last one.
    const left = to - Atomics.load(control, ${NEXT});
    const share = Math.ceil(left / (2 * threads * grain)) * grain;
    const rows = Math.max(grain, Math.min(size, share));
    const at = Atomics.add(control, ${NEXT}, rows);
    if (at >= to) break;
    const stop = Math.min(to, at + rows);
    if (begin >= 0) args[begin] = at;
    args[end] = stop;
    const before = performance.now();
    const status = run(...args);
    const took = Math.max(performance.now() - before, 1e-3);
    if (status !== 0) {
      Atomics.store(control, ${STATUS}, status);
      Atomics.store(control, ${STOP}, 1);
      break;
    }
    Atomics.add(control, ${DONE}, stop - at);
    size = Math.max(grain, Math.floor((rows * Math.min(2, tileMs / took)) / grain) * grain);
  }
  return { type: 'done' };
}
const listen = (data) => {
  obey(data).then(
    (report) => report && port.postMessage(report),
    (error) => port.postMessage({ type: 'failed', message: String(error?.stack ?? error) }),
  );
};
if (port === globalThis) port.onmessage = (event) => listen(event.data);
else port.on('message', listen);
`;
