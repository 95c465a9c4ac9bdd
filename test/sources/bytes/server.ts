/** A web server on the loopback interface that misbehaves as it is told. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';

export interface Misbehaviour {
  data: Uint8Array;
  /** Answers the whole file to everything. */
  noRanges?: boolean;
  etag?: string;
  /** Called first; answers itself when it gives true. `n` counts requests from 0. */
  before?(request: IncomingMessage, response: ServerResponse, n: number): boolean;
  /** Bytes of the n-th answer after which the connection is cut. */
  cutAfter?(n: number): number;
  headers?: Record<string, string>;
}

export interface Log {
  method: string;
  range: string | undefined;
  headers: IncomingMessage['headers'];
}

/** Bytes in the ranges that were asked for. */
export function asked(log: readonly Log[]): number {
  const ends = log.map(({ range }) => /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [0, 0, Infinity]);
  return ends.reduce((sum, [, from, last]) => sum + Number(last) + 1 - Number(from), 0);
}

/** Serves until the test has finished. */
export async function serve(
  behaviour: Misbehaviour,
  path = '/data/points.npy?version=1',
): Promise<{ url: string; log: Log[]; pending: () => number }> {
  const log: Log[] = [];
  let pending = 0;
  const server = createServer((request, response) => {
    const { range } = request.headers;
    pending++;
    response.on('close', () => pending--);
    const n = log.push({ method: request.method ?? '', range, headers: request.headers }) - 1;
    if (behaviour.before?.(request, response, n)) return;
    const { data, etag, noRanges } = behaviour;
    const headers: Record<string, string | number> = { ...behaviour.headers };
    if (etag) headers.ETag = etag;
    let body = data;
    let status = 200;
    const wanted = /^bytes=(\d+)-(\d*)$/.exec(range ?? '');
    if (wanted && !noRanges) {
      const from = Number(wanted[1]);
      if (from >= data.length) {
        response.writeHead(416, { 'Content-Range': `bytes */${data.length}` }).end();
        return;
      }
      const last = Math.min(wanted[2] === '' ? Infinity : Number(wanted[2]), data.length - 1);
      body = data.subarray(from, last + 1);
      status = 206;
      headers['Content-Range'] = `bytes ${from}-${last}/${data.length}`;
    }
    response.writeHead(status, { 'Content-Length': body.length, ...headers });
    const cut = behaviour.cutAfter?.(n) ?? Infinity;
    if (cut >= body.length) {
      response.end(body);
    } else {
      response.write(body.subarray(0, cut), () => setTimeout(() => response.destroy(), 2));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as { port: number };
  return { url: `http://127.0.0.1:${port}${path}`, log, pending: () => pending };
}
