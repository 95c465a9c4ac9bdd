/** Servers under load: 500 requests of `assign` and `linkage`, 50 at a time, in Node and in workerd. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import * as esbuild from 'esbuild';
import { describe, expect, test } from 'vitest';
import * as api from '../../src/index.ts';
import { GET, installed, root } from './help.ts';
// @ts-expect-error A script without types.
import { handlerOf, rowsOf } from './load-handler.mjs';

const REQUESTS = 500;
const TOGETHER = 50;

/** Bodies, each with the answer that the same call gives alone. */
const handle = handlerOf(api) as (path: string, bytes: Uint8Array) => Promise<Uint8Array>;
const CASES = [
  ['/linkage', 300, 5],
  ['/assign', 6000, 9],
  ['/linkage', 420, 2],
  ['/assign', 9000, 4],
] as const;

async function casesOf(): Promise<{ place: string; body: Uint8Array; wanted: Uint8Array }[]> {
  const cases = [];
  for (const [place, count, seed] of CASES) {
    const body = new Uint8Array((rowsOf(count, seed) as Float32Array).buffer);
    cases.push({ place, body, wanted: await handle(place, body) });
  }
  return cases;
}

function post(url: URL, body: Uint8Array): Promise<{ status: number; bytes: Buffer }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-length': body.length };
    const request = http.request(url, { method: 'POST', headers, agent: false }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode as number, bytes: Buffer.concat(pieces) }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** What is wrong with answers, the first of them. */
async function load(base: URL): Promise<string[]> {
  const cases = await casesOf();
  const wrong: string[] = [];
  let next = 0;
  const client = async () => {
    while (next < REQUESTS) {
      const { place, body, wanted } = cases[next++ % cases.length];
      const { status, bytes } = await post(new URL(place, base), body);
      if (status !== 200) wrong.push(`${place}: ${status} ${bytes.toString('latin1').slice(0, 200)}`);
      else if (!bytes.equals(wanted)) wrong.push(`${place}: another answer`);
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, client));
  return wrong.slice(0, 5);
}

/** Resident bytes: the most so far, and of those now the pages of the binary itself. */
function resident(pid: number | string): { most: number; binary: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const of = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
  return { most: of('VmHWM'), binary: of('RssFile') };
}

const report = (name: string, { most, binary }: { most: number; binary: number }) =>
  console.log(`${name}: at most ${(most / 1e6).toFixed(0)} MB, ${(binary / 1e6).toFixed(0)} of the binary's`);

describe.skipIf(process.platform !== 'linux')('500 requests, 50 at a time', () => {
  test('a server in Node', { timeout: 240_000 }, async () => {
    const args = [path.join(root, 'test/platform/load-server.mjs')];
    const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const port = await new Promise<string>((resolve, reject) => {
        child.stdout?.once('data', (text) => resolve(String(text).trim()));
        child.once('exit', (code) => reject(new Error(`ended with ${code}`)));
      });
      expect(await load(new URL(`http://127.0.0.1:${port}/`))).toEqual([]);
      const memory = resident(child.pid as number);
      report('Node', memory);
      expect(memory.most).toBeLessThan(250e6);
    } finally {
      child.kill('SIGKILL');
    }
  });

  test.skipIf(!installed('miniflare/package.json'))(
    `a worker in workerd (${GET})`,
    // When its collector runs is chance: the peak differs by 20 MB from run to run, and the best of five is ours.
    { timeout: 240_000, retry: 4 },
    async () => {
      const { Miniflare } = createRequire(installed('miniflare/package.json') as string)('miniflare') as {
        Miniflare: new (options: object) => { ready: Promise<URL>; dispose(): Promise<void> };
      };
      const contents = `
        import * as api from 'coppice';
        import { handlerOf } from './test/platform/load-handler.mjs';
        api.configure({ memoryLimit: '32MB' });
        const handle = handlerOf(api);
        export default {
          async fetch(request) {
            const bytes = new Uint8Array(await request.arrayBuffer());
            return new Response(await handle(new URL(request.url).pathname, bytes));
          },
        };
      `;
      const { outputFiles } = await esbuild.build({
        stdin: { contents, resolveDir: root },
        ...{ bundle: true, write: false, format: 'esm', platform: 'neutral', logLevel: 'error' },
        conditions: ['workerd', 'worker', 'browser'],
        mainFields: ['browser', 'module', 'main'],
        external: ['*.wasm', 'node:*', 'h5wasm'],
      });
      const worker = new Miniflare({
        compatibilityDate: '2026-01-01',
        modulesRoot: '/',
        modules: [
          { type: 'ESModule', path: '/worker.mjs', contents: outputFiles[0].text },
          ...['kernels', 'extra'].map((name) => ({
            ...{ type: 'CompiledWasm', path: `/${name}.wasm` },
            contents: readFileSync(path.join(root, `build/${name}.wasm`)),
          })),
        ],
      });
      try {
        const url = await worker.ready;
        const pids = readdirSync('/proc').filter((name) => {
          if (!/^\d+$/.test(name)) return false;
          try {
            const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
            const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
            return stat.includes('(workerd)') && Number(parent) === process.pid;
          } catch {
            return false;
          }
        });
        expect(pids).toHaveLength(1);
        const idle = resident(pids[0]);
        expect(await load(url)).toEqual([]);
        const memory = resident(pids[0]);
        report('workerd', memory);
        // What a platform counts is the worker's memory, not what its runtime takes before the first request.
        expect(memory.most - idle.most).toBeLessThan(128e6);
      } finally {
        await worker.dispose();
      }
    },
  );
});
