/** Entry point of the page. */
import { render } from 'preact';
import { App } from './views/app.tsx';

const root = document.querySelector('#app');
if (root) {
  root.replaceChildren();
  render(<App />, root);
}

/**
 * Register the service worker. It makes the page work offline, and it adds the headers that threads need if the host does
 * not send them. The headers take effect at the next load, so the page reloads once if no file is open yet.
 */
async function settleIn(): Promise<void> {
  if (!navigator.serviceWorker || location.protocol === 'file:') return;
  try {
    await navigator.serviceWorker.register('sw.js');
    const { active } = await navigator.serviceWorker.ready;
    const tried = 'coppice-reloaded';
    if (globalThis.crossOriginIsolated || sessionStorage.getItem(tried)) {
      // Cache the large readers in the background (HDF5 alone is a megabyte), unless the user asked to save data.
      const { connection } = navigator as { connection?: { saveData?: boolean } };
      if (!connection?.saveData) setTimeout(() => active?.postMessage('keep'), 3000);
      return;
    }
    const { file } = await import('./state/state.ts');
    if (file.value) return;
    sessionStorage.setItem(tried, 'yes');
    location.reload();
  } catch {
    // Without the service worker only two things are missing: threads on hosts without the headers, and offline use.
  }
}
void settleIn();
