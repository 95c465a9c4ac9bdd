/** The layout of the page. */
import { useEffect, useState } from 'preact/hooks';
import * as state from '../state/state.ts';
import { ClusterDetail, Clusters } from './clusters.tsx';
import { Columns } from './columns.tsx';
import { DataPanel, FirstRows, Welcome } from './data.tsx';
import { Mark } from './parts.tsx';
import { PlanPanel } from './plan.tsx';
import { Finish } from './save.tsx';
import { ScatterView, Strip } from './scatter.tsx';
import { TreeView } from './tree.tsx';
import { Aftermath, Working } from './working.tsx';

export function App() {
  const dropping = useDrop();
  const file = state.file.value;
  const grown = state.grown.value;
  const unread = file && !state.info.value && state.errors.value.file;
  return (
    <>
      <Header />
      <main class={unread || !file ? 'front' : 'bench'} id="main">
        {unread ? (
          <DataPanel />
        ) : file ? (
          <>
            <div class="side">
              <DataPanel />
              {grown && <PlanPanel />}
            </div>
            <div class="stage">
              <Working />
              <Aftermath />
              {grown ? (
                <>
                  <TreeView key={grown.choice} />
                  {/* The rest is rendered a frame later, so that the tree appears sooner. */}
                  {state.projected.value && (
                    <>
                      <Strip />
                      <div class="pair">
                        <ScatterView />
                        <div class="pair-side">
                          <Clusters />
                          <ClusterDetail />
                        </div>
                      </div>
                      <Finish />
                    </>
                  )}
                </>
              ) : (
                <>
                  {state.work.value !== 'grow' && <PlanPanel wide />}
                  <FirstRows />
                  <Columns />
                </>
              )}
            </div>
          </>
        ) : (
          <Welcome />
        )}
      </main>
      <footer class="foot soft">
        Coppice clusters data that do not fit in memory, wherever JavaScript runs. This page uses the same
        package that you can install with npm.
      </footer>
      {dropping && (
        <div class="dropping" aria-hidden="true">
          <p>Drop the file to open it</p>
        </div>
      )}
      <p class="out-of-sight" role="status" aria-live="polite">
        {state.news.value}
      </p>
    </>
  );
}

function Header() {
  const theme = state.theme.value;
  const threads = state.threads.value;
  return (
    <header class="top">
      <a class="brand" href="./" aria-label="Coppice, start page">
        <Mark />
        Coppice
      </a>
      <div class="top-right">
        {threads &&
          (threads.why === undefined ? (
            <span class="soft top-note">{threads.count} threads</span>
          ) : (
            <OneThread />
          ))}
        <button
          type="button"
          class="quiet"
          onClick={() => {
            state.themeChoice.value = theme === 'dark' ? 'light' : 'dark';
          }}
        >
          {theme === 'dark' ? 'Light' : 'Dark'}
        </button>
      </div>
    </header>
  );
}

/** Explains why only one thread runs, and how the host can change that. */
function OneThread() {
  return (
    <details class="one-thread" data-note="one-thread">
      <summary>1 thread</summary>
      <div class="one-thread-text">
        <p>
          Threads can share memory only if the server sends two headers with this page. It does not, so one
          thread does all the work. The results are the same.
        </p>
        <pre class="snippet">
          <code>{'Cross-Origin-Opener-Policy: same-origin\nCross-Origin-Embedder-Policy: require-corp'}</code>
        </pre>
        <p>
          <code>examples/serve-headers</code> shows how to send them from common hosts.
        </p>
      </div>
    </details>
  );
}

/** Open files that are dropped on the page. Returns whether a file is being dragged over it. */
function useDrop(): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    let depth = 0;
    const hasFile = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
    const listeners: Record<string, (event: DragEvent) => void> = {
      dragenter: (event) => {
        if (!hasFile(event)) return;
        depth++;
        setOver(true);
      },
      dragleave: (event) => {
        if (!hasFile(event)) return;
        depth = Math.max(0, depth - 1);
        setOver(depth > 0);
      },
      dragover: (event) => {
        if (hasFile(event)) event.preventDefault();
      },
      drop: (event) => {
        depth = 0;
        setOver(false);
        const dropped = event.dataTransfer?.files[0];
        if (!dropped) return;
        event.preventDefault();
        void state.openFile(dropped);
      },
    };
    for (const [type, listener] of Object.entries(listeners)) {
      document.addEventListener(type, listener as EventListener);
    }
    return () => {
      for (const [type, listener] of Object.entries(listeners)) {
        document.removeEventListener(type, listener as EventListener);
      }
    };
  }, []);
  return over;
}
