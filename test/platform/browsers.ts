/** Browsers from Debian, driven by puppeteer-core. */
import { createRequire } from 'node:module';
import { firstOf, installed } from './help.ts';

/** The little that is used of puppeteer. */
export interface Page {
  goto(url: string, options?: { waitUntil?: string }): Promise<unknown>;
  evaluate<R, A extends unknown[]>(run: (...args: A) => R | Promise<R>, ...args: A): Promise<R>;
  evaluate(script: string): Promise<unknown>;
  waitForFunction(script: string, options?: { timeout?: number }): Promise<unknown>;
  tracing: { start(options: { categories: string[] }): Promise<void>; stop(): Promise<Uint8Array> };
  on(
    event: 'console' | 'pageerror',
    listener: (message: { text?(): string; message?: string }) => void,
  ): void;
  close(): Promise<void>;
}
export interface Browser {
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

const puppeteer = installed('puppeteer-core/package.json');
const drivable = (binary: string | undefined) => (puppeteer ? binary : undefined);

export const chromium = drivable(firstOf('/usr/bin/chromium'));
export const firefox = drivable(firstOf('/usr/bin/firefox-esr'));

export const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function launch(browser: 'chrome' | 'firefox'): Promise<Browser> {
  const { launch } = createRequire(puppeteer as string)('puppeteer-core') as {
    launch(options: object): Promise<Browser>;
  };
  return launch({
    browser,
    executablePath: browser === 'chrome' ? chromium : firefox,
    headless: true,
    args: browser === 'chrome' ? CHROMIUM_FLAGS : [],
    protocolTimeout: 170_000,
    env: { ...process.env, HOME: process.env.HOME ?? '/tmp' },
  });
}
