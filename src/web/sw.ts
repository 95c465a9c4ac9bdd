/** The service worker: it makes the page work offline, and adds the headers that let threads share memory. */
/** Files cached at the first visit, and files that may be needed later: readers and an example. */
declare const FILES: string[];
declare const LATER: string[];
declare const VERSION: string;

interface Extendable extends Event {
  waitUntil(promise: Promise<unknown>): void;
}
interface Messaging extends Extendable {
  readonly data: unknown;
}
interface Fetching extends Extendable {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Scope {
  addEventListener(type: 'install' | 'activate', listener: (event: Extendable) => void): void;
  addEventListener(type: 'message', listener: (event: Messaging) => void): void;
  addEventListener(type: 'fetch', listener: (event: Fetching) => void): void;
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
}
const scope = self as unknown as Scope;
const NAME = `coppice-${VERSION}`;

scope.addEventListener('install', (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(NAME);
      await cache.addAll(FILES.map((file) => new Request(file, { cache: 'reload' })));
      await scope.skipWaiting();
    })(),
  );
});

scope.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) {
        if (name.startsWith('coppice-') && name !== NAME) await caches.delete(name);
      }
      await scope.clients.claim();
    })(),
  );
});

// The page asks for this when it is idle.
scope.addEventListener('message', (event) => {
  if (event.data !== 'keep') return;
  event.waitUntil(
    (async () => {
      const cache = await caches.open(NAME);
      for (const file of LATER) if (!(await cache.match(file))) await cache.add(file).catch(() => {});
    })(),
  );
});

function isolated(answer: Response): Response {
  const headers = new Headers(answer.headers);
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  headers.set('Cross-Origin-Resource-Policy', 'same-origin');
  return new Response(answer.body, { status: answer.status, statusText: answer.statusText, headers });
}

/** Answer from the cache, or else from the network. Files fetched from the network are cached for the next time. */
async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(NAME);
  const kept = await cache.match(request, { ignoreSearch: true });
  if (kept) return isolated(kept);
  const fresh = await fetch(request);
  if (fresh.ok && fresh.type === 'basic') await cache.put(request, fresh.clone());
  return fresh.status === 0 ? fresh : isolated(fresh);
}

scope.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin) return;
  event.respondWith(answer(request));
});
