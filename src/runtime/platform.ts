/**
 * What differs between runtimes and has no common name. Found by looking for the feature, never by
 * asking which runtime this is.
 */

/** Let timers, signals and input have their turn; takes microseconds, not the 4 ms of a clamped timer. */
export function yieldToLoop(): Promise<void> {
  const immediate = (globalThis as { setImmediate?: (f: () => void) => unknown }).setImmediate;
  if (immediate) return new Promise((resolve) => void immediate(resolve));
  if (typeof MessageChannel === 'function') {
    return new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(0);
    });
  }
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** A linear memory that may grow to 4 GiB, shared where the platform has shared memory. */
export function createMemory(bytes: number): WebAssembly.Memory {
  const initial = Math.max(1, Math.ceil(bytes / 65536));
  return new WebAssembly.Memory({ initial, maximum: 65536, shared: true });
}
