/** Headers, users and signatures that no other host and no message may get. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { open } from '../../../src/sources/index.ts';
import { shownUrl, withShownUrls } from '../../../src/support/text/shown-url.ts';
import type { CoppiceWarning, Source } from '../../../src/types.ts';
import { failure, rowsOf } from '../help.ts';
import { large, largeRows, small, smallRows } from './npy-files.ts';
import { serve } from './server.ts';

describe('what is nobody else’s', () => {
  const KEY = { 'X-Api-Key': 'hush', Authorization: 'Bearer hush' };
  const redirectTo = (target: (self: string) => string, status = 302) => ({
    data: small,
    before: (request: IncomingMessage, response: ServerResponse) => {
      if (request.url?.startsWith('/moved')) return false;
      response.writeHead(status, { Location: target(`http://${request.headers.host}`) }).end();
      return true;
    },
  });

  it('own headers stay on a redirect within the host, and go to no other', async () => {
    const { url, log } = await serve(redirectTo((self) => `${self}/moved.npy`));
    expect(await rowsOf(await open(url, { headers: KEY }), { chunkRows: 2 })).toEqual(smallRows);
    expect(log.map(({ headers }) => headers['x-api-key'])).toEqual(['hush', 'hush']);

    for (const status of [301, 302, 303, 307, 308]) {
      const { url: target, log: there } = await serve({ data: large });
      const { url: first, log: here } = await serve(redirectTo(() => target, status));
      const source = await open(first, { headers: KEY });
      expect(await rowsOf(source, { chunkRows: 50_000 })).toEqual(largeRows);
      expect(here.every(({ headers }) => headers['x-api-key'] === 'hush')).toBe(true);
      expect(there.length).toBeGreaterThan(1);
      for (const { headers, range } of there) {
        expect([headers['x-api-key'], headers.authorization]).toEqual([undefined, undefined]);
        expect(range).toMatch(/^bytes=/);
      }
    }
  });

  it('a host that wants the headers: the refusal says why it has none', async () => {
    const { url: target } = await serve({
      data: small,
      before: (_, response) => {
        response.writeHead(401).end();
        return true;
      },
    });
    const { url } = await serve(redirectTo(() => target));
    expect((await failure(open(url, { headers: KEY }))).message).toMatch(
      /answered 401 Unauthorized; the headers given were not sent to another host \(127\.0\.0\.1:\d+\)$/,
    );
  });

  it('redirects without end, or to what is no web server', async () => {
    const { url } = await serve(redirectTo((self) => `${self}/again`));
    expect((await failure(open(url, { headers: KEY }))).message).toMatch(/redirects more than 20 times$/);
    const { url: file } = await serve(redirectTo(() => 'file:///etc/passwd'));
    expect((await failure(open(file, { headers: KEY }))).message).toMatch(
      /redirects to something that is no http/,
    );
  });

  it('a query, a user and a password are in no message, name or warning', async () => {
    const said: string[] = [];
    const signed = '/data/points.npy?X-Amz-Signature=hush#hush';
    const note = async (behaviour: Parameters<typeof serve>[0], then = async (_: Source) => {}) => {
      const { url } = await serve(behaviour, signed);
      const options = { onWarning: ({ message }: CoppiceWarning) => said.push(message), timeout: 50 };
      try {
        const source = await open(url, options);
        said.push(String(source.name));
        await then(source);
      } catch (error) {
        said.push((error as Error).message);
      }
    };
    const answer = (status: number, headers = {}) => ({
      data: small,
      before: (_: unknown, response: ServerResponse) => {
        response.writeHead(status, headers).end();
        return true;
      },
    });
    await note({ data: small });
    await note({ data: small, noRanges: true });
    await note({ data: new Uint8Array(0) });
    await note({ data: new TextEncoder().encode('no known format \0') });
    await note({ data: small.subarray(0, 60) });
    await note(answer(404));
    await note(answer(500));
    await note({ data: small, before: () => true });
    const changing = { data: large, etag: '"a"' };
    await note(changing, async (source) => {
      changing.etag = '"b"';
      await rowsOf(source, { chunkRows: 10_000 });
    });
    for (const url of [
      'http://127.0.0.1:1/x.npy?hush',
      'http://me:hush@127.0.0.1/x.npy?hush',
      'http://?hush',
    ]) {
      said.push((await failure(open(url))).message);
    }
    expect(said.length).toBeGreaterThan(12);
    expect(said.filter((text) => /hush/.test(text))).toEqual([]);
    expect(said.filter((text) => /http/.test(text)).length).toBeGreaterThan(10);
  });

  it('shownUrl, withShownUrls', () => {
    expect(shownUrl('https://me:pw@host:8/a/b.npy?sig=1#x')).toBe('https://host:8/a/b.npy');
    expect(shownUrl('a file?.npy')).toBe('a file?.npy');
    expect(shownUrl('HTTP://h?x@y')).toBe('HTTP://h');
    expect(withShownUrls('fetch of (http://h/p?sig=1) and "https://u@h/q?x", failed: why?')).toBe(
      'fetch of (http://h/p) and "https://h/q", failed: why?',
    );
  });
});
