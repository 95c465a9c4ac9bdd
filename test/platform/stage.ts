/** Where tests of a describe open pages. */
import { afterAll, beforeAll } from 'vitest';
import { type Browser, launch } from './browsers.ts';
import { type Pages, servePages } from './pages.ts';

/** Pages that are served, and a browser to open them in, from before the first test until after the last. */
export function setStage(name: 'chrome' | 'firefox'): { readonly pages: Pages; readonly browser: Browser } {
  const stage: { pages?: Pages; browser?: Browser } = {};
  beforeAll(async () => {
    stage.pages = await servePages();
    stage.browser = await launch(name);
  }, 120_000);
  afterAll(async () => {
    await stage.browser?.close();
    await stage.pages?.close();
  });
  return stage as Required<typeof stage>;
}
