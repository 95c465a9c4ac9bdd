/** The files that the suite of URLs reads, from a server that misbehaves as the query of a URL says. */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { clouds, csv, npy } from './suite/inputs.mjs';

const FIXTURES = fileURLToPath(new URL('../sources/fixtures', import.meta.url));
/** Paths of all fixtures, whose names differ. */
const fixtures = readdirSync(FIXTURES, { recursive: true }) as string[];
const rows = clouds('f4', 9000, 9);
const made: Record<string, Uint8Array> = { 'rows.npy': npy(rows), 'rows.csv': csv(rows) };
/** A third of the text, cut where no line ends. */
const cuts = (i: number) => {
  const { length } = made['rows.csv'];
  return [Math.floor((i * length) / 3), Math.floor(((i + 1) * length) / 3)];
};
for (const [name, bytes] of Object.entries(made)) made[`${name}.gz`] = gzipSync(bytes);
// As bgzip and `cat a.gz b.gz` make them: one member after another.
made['members.csv.gz'] = Buffer.concat([0, 1, 2].map((i) => gzipSync(made['rows.csv'].slice(...cuts(i)))));
/** How often each URL was asked for. */
const visits = new Map<string, number>();

function fileNamed(name: string): Uint8Array | undefined {
  if (made[name]) return made[name];
  const file = fixtures.find((one) => path.basename(one) === name);
  return file === undefined ? undefined : readFileSync(path.join(FIXTURES, file));
}

/**
 * Answer what is below /files/, by what its query says:
 * noRanges: the whole file for every request. cut=N, times=K: the first K answers break off after N bytes.
 * silent: headers, and then nothing. redirect: to the same without it.
 * @returns whether it was
 */
export function answerFiles(request: IncomingMessage, response: ServerResponse): boolean {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (!url.pathname.startsWith('/files/')) return false;
  const data = fileNamed(url.pathname.slice('/files/'.length));
  if (!data) {
    response.writeHead(404).end();
    return true;
  }
  const { searchParams } = url;
  if (searchParams.has('redirect')) {
    const place = url.search.replace('redirect&', '');
    response.writeHead(302, { Location: `${url.pathname}${place}`, 'Cache-Control': 'no-store' }).end();
    return true;
  }
  const visit = visits.get(url.href) ?? 0;
  visits.set(url.href, visit + 1);
  const wanted = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const headers: Record<string, string | number> = {
    'Cache-Control': 'no-store',
    'Cross-Origin-Resource-Policy': 'same-origin',
  };
  let body = data;
  let status = 200;
  if (wanted && !searchParams.has('noRanges')) {
    const from = Number(wanted[1]);
    const last = Math.min(wanted[2] === '' ? Infinity : Number(wanted[2]), data.length - 1);
    body = data.subarray(from, last + 1);
    status = 206;
    headers['Content-Range'] = `bytes ${from}-${last}/${data.length}`;
  }
  response.writeHead(status, { ...headers, 'Content-Length': body.length });
  if (searchParams.has('silent')) {
    response.flushHeaders();
    return true;
  }
  const cut = visit < Number(searchParams.get('times')) ? Number(searchParams.get('cut')) : Infinity;
  if (cut >= body.length) response.end(body);
  else response.write(body.subarray(0, cut), () => setTimeout(() => response.destroy(), 20));
  return true;
}

/** Serve them for runtimes that are no pages. */
export async function serveFiles(): Promise<{ base: string; host: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    if (!answerFiles(request, response)) response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    base: `http://${host}/files`,
    host,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
