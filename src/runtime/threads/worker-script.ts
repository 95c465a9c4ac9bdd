import { DONE, NEXT, STATUS, STOP } from '../memory/control-words.ts';
/**
 * The program of a worker, as source text: workers start from text in every runtime and under every bundler.
 *
 * A worker holds an instance of the kernels for each memory that it knows, and runs jobs. It takes tiles from a
 * counter in linear memory until none are left, the job is stopped, or a kernel returns a non-zero status.
 *
 * A worker executes orders one after the other, so it may get the next job while it runs one.
 *
 * Control words of a job, i32, in one of the blocks at the beginning of linear memory (Layout keeps them free):
 *   0 next    the first row that no thread has taken
 *   1 stop    1: take no more tiles; 2: a thread has died, do not wait for other threads
 *   2 done    number of rows that are done
 *   3 status  a non-zero status of a kernel
 *
 * A worker may also hold an array of the host, fill it from linear memory, and transfer it in the end: new memory costs
 * more time than some kernels, and this way no other thread waits for it.
 */

/** Main to worker. */
export type Order =
  | { type: 'memory'; id: number; modules: WebAssembly.Module[]; memory: WebAssembly.Memory; lock?: string }
  | { type: 'forget'; id: number }
  | { type: 'job'; id: number; job: Job }
  /** Allocate an array. */
  | { type: 'hold'; array: number; bytes: number }
  /** Copy from linear memory to an array. */
  | { type: 'copy'; array: number; id: number; ptr: number; bytes: number; offset: number }
  /** Transfer an array to the main thread if keep is set; else free its memory. */
  | { type: 'hand'; array: number; keep: boolean };

export interface Job {
  /** Address of its control words. */
  control: number;
  kernel: string;
  args: number[];
  /** Indices in args of the begin and end of the range. The index of the begin is -1 if the kernel takes no begin. */
  begin: number;
  end: number;
  from: number;
  to: number;
  grain: number;
  /** Rows of the first tile. */
  size: number;
  tileMs: number;
  threads: number;
  /** More jobs follow, so no thread waits for the end of this one. */
  followed: boolean;
  /** No tiles: every thread makes this call once, and the kernel keeps the threads in step. */
  gang: boolean;
}

/** Worker to main. */
export type Report =
  | { type: 'ready'; locked: boolean }
  /** After a job, with the milliseconds that its kernels took. */
  | { type: 'done'; spent?: number }
  | { type: 'array'; buffer: ArrayBuffer }
  | { type: 'failed'; message: string };

export const WORKER_SOURCE = `
'use strict';
const wt = globalThis.process?.getBuiltinModule?.('node:worker_threads');
const port = wt && !wt.isMainThread && wt.parentPort ? wt.parentPort : globalThis;
const instances = new Map();
const arrays = new Map();
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
  if (order.type === 'hold') {
    arrays.set(order.array, new Uint8Array(order.bytes));
    return { type: 'done' };
  }
  if (order.type === 'hand') {
    const { buffer } = arrays.get(order.array);
    arrays.delete(order.array);
    if (order.keep) return { type: 'array', buffer };
    // A worker that has nothing to do collects no garbage. Nobody waits for this, a tenth of a second per GB.
    setTimeout(() => buffer.transfer(0));
    return { type: 'done' };
  }
  const { kernels, memory } = instances.get(order.id);
  if (order.type === 'copy') {
    // Another thread may have made it grow, which some platforms notice late.
    memory.grow(0);
    arrays.get(order.array).set(new Uint8Array(memory.buffer, order.ptr, order.bytes), order.offset);
    return { type: 'done' };
  }
  const { kernel, args, begin, end, from, to, grain, tileMs, threads, followed } = order.job;
  const run = kernels[kernel];
  const control = new Int32Array(memory.buffer, order.job.control, 4);
  if (order.job.gang) {
    const status = run(...args);
    if (status !== 0) Atomics.compareExchange(control, ${STATUS}, 0, status);
    return { type: 'done' };
  }
  let { size } = order.job;
  let spent = 0;
  const part = Math.ceil((to - from) / (threads * grain)) * grain;
  while (Atomics.load(control, ${STOP}) === 0) {
    // Towards the end tiles shrink, so that no thread waits long for the last one; not where more jobs follow.
    const left = to - Atomics.load(control, ${NEXT});
    const share = followed ? part : Math.ceil(left / (2 * threads * grain)) * grain;
    const rows = Math.max(grain, Math.min(size, share));
    const at = Atomics.add(control, ${NEXT}, rows);
    if (at >= to) break;
    const stop = Math.min(to, at + rows);
    if (begin >= 0) args[begin] = at;
    args[end] = stop;
    const before = performance.now();
    const status = run(...args);
    const took = Math.max(performance.now() - before, 1e-3);
    spent += took;
    if (status !== 0) {
      Atomics.store(control, ${STATUS}, status);
      Atomics.store(control, ${STOP}, 1);
      break;
    }
    Atomics.add(control, ${DONE}, stop - at);
    size = Math.max(grain, Math.floor((rows * Math.min(2, tileMs / took)) / grain) * grain);
  }
  return { type: 'done', spent };
}
let last = Promise.resolve();
const listen = (data) => {
  last = last.then(() => obey(data)).then(
    (report) => report && port.postMessage(report, report.buffer ? [report.buffer] : []),
    (error) => port.postMessage({ type: 'failed', message: String(error?.stack ?? error) }),
  );
};
if (port === globalThis) port.onmessage = (event) => listen(event.data);
else port.on('message', listen);
`;
