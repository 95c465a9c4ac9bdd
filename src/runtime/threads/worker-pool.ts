/**
 * The pool: workers that start on first use and serve every engine. Between jobs they do not keep the process alive.
 */

import { isPage, yieldToLoop } from '../../support/scheduling.ts';
import { refuseThreads } from './platform.ts';
import { type SharedEngine, WorkerHandle } from './worker-handle.ts';

const idle: WorkerHandle[] = [];
const all = new Set<WorkerHandle>();
/** The largest number of threads that a call has requested. Calls that run at the same time share this many workers. */
let wanted = 0;

function startMember(): WorkerHandle {
  const member = new WorkerHandle((dead) => {
    all.delete(dead);
    const at = idle.indexOf(dead);
    if (at >= 0) idle.splice(at, 1);
  });
  all.add(member);
  return member;
}

/** Whether a call that requests `count` workers would get any, beside other calls. */
export function hasMembers(count: number): boolean {
  return isPage() || idle.length > 0 || all.size < Math.max(wanted, count);
}

/**
 * Take workers for a job. They keep the process alive until they are given back. There may be fewer than `count`, or
 * none, if other calls have them, but at least `least`; and fewer if the platform refuses (`refused` is its error). In
 * a page, at most one worker is started in one turn of the event loop.
 */
export async function takeMembers(
  count: number,
  least = isPage() ? 1 : 0,
): Promise<{ members: WorkerHandle[]; refused: unknown }> {
  const members: WorkerHandle[] = [];
  wanted = Math.max(wanted, count);
  try {
    while (members.length < count) {
      const member = idle.pop();
      if (!member && members.length >= least && all.size >= wanted) break;
      if (!member && isPage()) await yieldToLoop();
      members.push(member ?? startMember());
      (members.at(-1) as WorkerHandle).thread.hold(true);
    }
    return { members, refused: undefined };
  } catch (refused) {
    return { members, refused };
  }
}

export function giveBack(members: WorkerHandle[]): void {
  for (const member of members) {
    if (member.dead !== undefined) continue;
    member.thread.hold(false);
    if (all.size > wanted) member.die(new Error('there are others'));
    else idle.push(member);
  }
}

/**
 * Start `count` workers and tell them about the engine.
 * @returns whether all are ready; if not, the failure is recorded (refuseThreads)
 */
export async function gather(engine: SharedEngine, count: number): Promise<boolean> {
  const { members, refused } = await takeMembers(count, count);
  const results = await Promise.allSettled(members.map((member) => member.introduce(engine)));
  giveBack(members);
  const failed = results.find((r) => r.status === 'rejected');
  if (refused === undefined && !failed) return true;
  refuseThreads(refused ?? failed?.reason);
  return false;
}

/** Let workers forget an engine whose memory is given up. */
export function forgetEngine(id: number): void {
  for (const member of all) member.forget(id);
}

/** Whether there are idle workers. */
export function isPoolUp(): boolean {
  return idle.length > 0;
}

/** Stop all idle workers. */
export function closePool(): void {
  wanted = 0;
  for (const member of idle.splice(0)) member.die(new Error('closed'));
}
