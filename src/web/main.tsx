/** Begins the page. */
import { render } from 'preact';
import { App } from './views/app.tsx';

const root = document.querySelector('#app');
if (root) {
  root.replaceChildren();
  render(<App />, root);
}

/**
 * Keep the page for when there is no network, and add the headers that threads need where the host cannot. Those take
 * hold with the next load, so a page that nobody has begun to use is loaded once more.
 */
async function settleIn(): Promise<void> {
  if (!navigator.serviceWorker || location.protocol === 'file:') return;
  try {
    await navigator.serviceWorker.register('sw.js');
    const { active } = await navigator.serviceWorker.ready;
    const tried = 'coppice-reloaded';
    if (globalThis.crossOriginIsolated || sessionStorage.getItem(tried)) {
      // Readers are some hundred kilobytes, that of HDF5 a megabyte: for later, where nobody pays by the byte.
      const { connection } = navigator as { connection?: { saveData?: boolean } };
      if (!connection?.saveData) setTimeout(() => active?.postMessage('keep'), 3000);
      return;
    }
    const { file } = await import('./state/state.ts');
    if (file.value) return;
    sessionStorage.setItem(tried, 'yes');
    location.reload();
  } catch {
    // Without it everything works, but for threads on such hosts and without a network.
  }
}
void settleIn();
