import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectSameBits, expectSameUrls, firstOf, GET, type SuiteResult } from './help.ts';
import { ISOLATED, type Pages, SUITE_PAGE, servePages } from './pages.ts';

const driver = firstOf('/usr/bin/WebKitWebDriver');
const browser = firstOf(
  '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser',
  '/usr/lib/aarch64-linux-gnu/webkit2gtk-4.1/MiniBrowser',
);
const xvfb = firstOf('/usr/bin/Xvfb');

/** A process that ends with its group, so that no helper of it outlives the tests. */
function start(
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  output: 'ignore' | 'pipe' = 'ignore',
) {
  return spawn(command, args, { env, stdio: ['ignore', 'ignore', 'ignore', output], detached: true });
}

function end(child: ChildProcess | undefined): void {
  if (child?.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
}

/** A session of the W3C's WebDriver, spoken over fetch. */
class Session {
  private constructor(
    private readonly base: string,
    private readonly id: string,
  ) {}

  static async open(port: number): Promise<Session> {
    const base = `http://127.0.0.1:${port}`;
    const capabilities = {
      alwaysMatch: { 'webkitgtk:browserOptions': { binary: browser, args: ['--automation'] } },
    };
    const { sessionId } = (await post(`${base}/session`, { capabilities })) as { sessionId: string };
    return new Session(base, sessionId);
  }

  command(name: string, body: object): Promise<unknown> {
    return post(`${this.base}/session/${this.id}/${name}`, body);
  }

  async close(): Promise<void> {
    await fetch(`${this.base}/session/${this.id}`, { method: 'DELETE' });
  }
}

async function post(url: string, body: object): Promise<unknown> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  const { value } = (await response.json()) as { value: { error?: string; message?: string } };
  if (!response.ok) throw new Error(`${value.error}: ${value.message}`);
  return value;
}

/** The display that Xvfb has picked: it writes the number to a descriptor of ours. */
async function displayOf(child: ChildProcess): Promise<string> {
  const pipe = child.stdio[3] as NodeJS.ReadableStream;
  let text = '';
  for await (const part of pipe) {
    text += part;
    if (text.includes('\n')) break;
  }
  return `:${text.trim()}`;
}

describe.skipIf(!driver || !browser || !xvfb)(`WebKitGTK (${GET})`, () => {
  let pages: Pages;
  let screen: ChildProcess | undefined;
  let display = '';
  beforeAll(async () => {
    pages = await servePages();
    screen = start(xvfb as string, ['-displayfd', '3', '-nolisten', 'tcp'], process.env, 'pipe');
    display = await displayOf(screen);
  });
  afterAll(async () => {
    end(screen);
    await pages?.close();
  });

  // Stock WebKitGTK has no SharedArrayBuffer, even in an isolated page; a variable turns it on.
  for (const [kind, sharing, warnings] of [
    ['with shared memory', '1', 0],
    ['as it comes', '0', 1],
  ] as const) {
    test(`an isolated page, ${kind}: the same bits, and what is read from a web server`, {
      timeout: 180_000,
    }, async () => {
      const port = 20_000 + ((process.pid * 2 + Number(sharing)) % 20_000);
      const service = start(driver as string, [`--port=${port}`], {
        ...process.env,
        DISPLAY: display,
        JSC_useSharedArrayBuffer: sharing,
        WEBKIT_DISABLE_COMPOSITING_MODE: '1',
        WEBKIT_DISABLE_DMABUF_RENDERER: '1',
      });
      try {
        let session: Session | undefined;
        for (let i = 0; !session && i < 40; i++) {
          await sleep(250);
          session = await Session.open(port).catch((error) => {
            if (i === 39) throw error;
            return undefined;
          });
        }
        if (!session) throw new Error('the driver does not answer');
        try {
          await session.command('timeouts', { script: 170_000, pageLoad: 20_000 });
          await session.command('url', { url: pages.page(`webkit${sharing}`, SUITE_PAGE, ISOLATED) });
          const run = async (suite: string) => {
            const script = `const done = arguments[arguments.length - 1];
              const begin = () => globalThis.ready
                ? ${suite}().then(done, (error) => done({ error: String(error) }))
                : setTimeout(begin, 50);
              begin();`;
            return (await session?.command('execute/async', { script, args: [] })) as SuiteResult;
          };
          const result = await run('runSuite');
          await expectSameBits(result);
          expect(result.warnings).toHaveLength(warnings);
          await expectSameUrls(await run('runUrls'));
        } finally {
          await session.close();
        }
      } finally {
        end(service);
      }
    });
  }
});
