/**
 * Follows redirects when the caller has given headers: they may hold a key, so they are not sent to another host. Without
 * such headers `fetch` follows redirects itself.
 */

import { rangeError } from '../../errors.ts';
import { INPUT, say } from '../../messages.ts';
import { shownUrl } from '../../support/text/shown-url.ts';

const MOST_REDIRECTS = 20;
const REDIRECTS = [301, 302, 303, 307, 308];

interface Following {
  /** Sends one request. */
  send(url: string, headers: Headers, redirect: RequestRedirect): Promise<Response>;
  /** Headers of the caller. */
  own: HeadersInit;
  /** Headers of the request itself, which go everywhere. */
  needed: Record<string, string>;
}

/** Whether headers for one URL may be sent to another: only to the same host, and never from https to http. */
function isSamePlace(from: URL, to: URL): boolean {
  if (from.origin === to.origin) return true;
  const upgraded = from.protocol === 'http:' && to.protocol === 'https:';
  return upgraded && from.hostname === to.hostname && from.port === '' && to.port === '';
}

/** Errors: `RangeError` for too many redirects, or for a redirect to something that is not an http(s) URL. */
export async function followRedirects(
  url: string,
  { send, own, needed }: Following,
): Promise<{ response: Response /** Host that the caller's headers were kept from. */; keptFrom?: string }> {
  const withNeeded = (headers: Headers) => {
    for (const [name, value] of Object.entries(needed)) headers.set(name, value);
    return headers;
  };
  let headers = withNeeded(new Headers(own));
  let keptFrom: string | undefined;
  let place = new URL(url);
  for (let hops = 0; hops < MOST_REDIRECTS; hops++) {
    const response = await send(place.href, headers, 'manual');
    // A page cannot see where a redirect leads, so the browser follows it, without the caller's headers.
    if (response.type === 'opaqueredirect') {
      const followed = await send(place.href, withNeeded(new Headers()), 'follow');
      return { response: followed, keptFrom: 'where the redirect leads, which a page is not told' };
    }
    const location = response.headers.get('location');
    if (!REDIRECTS.includes(response.status) || location === null) return { response, keptFrom };
    await response.body?.cancel().catch(() => {});
    let next: URL | undefined;
    try {
      next = new URL(location, place);
    } catch {}
    if (!next || !/^https?:$/.test(next.protocol)) {
      throw rangeError(
        say`${INPUT}cannot read ${shownUrl(url)}: the server redirects to something that is no http(s) URL`,
      );
    }
    if (!isSamePlace(place, next)) {
      headers = withNeeded(new Headers());
      keptFrom = next.host;
    }
    place = next;
  }
  throw rangeError(
    say`${INPUT}cannot read ${shownUrl(url)}: the server redirects more than ${MOST_REDIRECTS} times`,
  );
}
