/**
 * The pool: workers that start on first use, serve every engine, and hold no process alive between jobs.
 */

import { isPage, yieldToLoop } from '../../support/scheduling.ts';
import { refuseThreads } from './platform.ts';
import { type SharedEngine, WorkerHandle } from './worker-handle.ts';

const idle: WorkerHandle[] = [];
const all = new Set<WorkerHandle>();
/** Threads that a call has asked for, at most: calls at the same time share so many. */
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

/** Whether there would be workers for a call that asks for `count`, now that other calls have some. */
export function hasMembers(count: number): boolean {
  return isPage() || idle.length > 0 || all.size < Math.max(wanted, count);
}

/**
 * Workers for a job, which hold the process alive until they are given back; fewer, or none, where the platform refuses,
 * and where other calls have them, but not less than `least`. In a page not more than one is started in one task.
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
 * Have workers started that know the engine.
 * @returns whether there are as many; if not, nobody tries again
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

/** Whether there are workers that could begin at once. */
export function isPoolUp(): boolean {
  return idle.length > 0;
}

/** Stop all workers that are not at work. */
export function closePool(): void {
  wanted = 0;
  for (const member of idle.splice(0)) member.die(new Error('closed'));
}
