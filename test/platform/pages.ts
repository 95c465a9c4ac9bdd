/** Serves the built package as it is to pages, with the headers that a test asks for. */
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { answerFiles } from './files.ts';
import { root } from './help.ts';

/** What a page needs to share memory with its workers. */
export const ISOLATED = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

const TYPES: Record<string, string> = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.html': 'text/html',
  '.wasm': 'application/wasm',
};

/** A page that runs the suite with no bundler, and nothing beside build/. */
export const SUITE_PAGE = `<!doctype html><meta charset="utf-8"><title>suite</title>
<script type="module">
import * as api from '/build/index.js';
import * as sources from '/build/sources.js';
import * as sequences from '/build/sequences.js';
import { runSuite } from '/test/platform/suite/suite.mjs';
import { runUrls } from '/test/platform/suite/urls.mjs';
globalThis.api = api;
globalThis.sequences = sequences;
globalThis.runSuite = (only) => runSuite(api, sources, sequences, only);
globalThis.runUrls = (only) => runUrls(api, sources, location.origin + '/files', only);
globalThis.ready = true;
</script>`;

export interface Pages {
  url: string;
  /** Add a page with its own headers. */
  page(name: string, html: string, headers?: Record<string, string>): string;
  /** Add any other file. */
  file(name: string, body: string | Uint8Array): void;
  close(): Promise<void>;
}

export async function servePages(): Promise<Pages> {
  const pages = new Map<string, { body: string | Uint8Array; headers: Record<string, string> }>();
  const server: Server = createServer((request, response) => {
    if (answerFiles(request, response)) return;
    const name = new URL(request.url ?? '/', 'http://localhost').pathname;
    const page = pages.get(name);
    const file = path.join(root, path.normalize(name));
    const served =
      /^\/(build|test\/platform|examples|node_modules\/h5wasm\/dist\/esm)\/[\w./-]+$/.test(name) &&
      existsSync(file);
    if (!page && !served) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      'Content-Type': TYPES[path.extname(name)] ?? 'application/octet-stream',
      // Whatever an isolated page loads must say that it may be.
      'Cross-Origin-Resource-Policy': 'same-origin',
      // And a worker's file must isolate itself.
      'Cross-Origin-Embedder-Policy': page ? 'unsafe-none' : 'require-corp',
      'Cache-Control': 'no-store',
      ...page?.headers,
    });
    response.end(page ? page.body : readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://localhost:${(server.address() as AddressInfo).port}`;
  return {
    url,
    page(name, html, headers = {}) {
      pages.set(`/${name}.html`, { body: html, headers });
      return `${url}/${name}.html`;
    },
    file(name, body) {
      pages.set(`/${name}`, { body, headers: {} });
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
