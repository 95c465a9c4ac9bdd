/** Frees memory of buffers at once. V8 frees it at its next collection, before which buffers of 32 MB add up. */

/** A closed port: it drops what is sent to it. */
let dropper: MessagePort | undefined;

/**
 * Free the memory of a buffer that nobody reads or writes any more, neither through `bytes` nor another view. If `bytes` do
 * not reach to its end, nothing is done, since its owner may still fill the rest.
 */
export function freeBuffer(bytes: Uint8Array | Uint32Array): void {
  const { byteOffset, byteLength } = bytes;
  const buffer = bytes.buffer as ArrayBuffer & { transfer?(byteLength: number): ArrayBuffer };
  if (byteLength === 0 || byteOffset + byteLength < buffer.byteLength) return;
  try {
    if (buffer.transfer) buffer.transfer(0);
    else if (typeof MessageChannel === 'function') {
      // Node before version 22.
      if (!dropper) {
        dropper = new MessageChannel().port1;
        dropper.close();
      }
      dropper.postMessage(null, [buffer]);
    }
  } catch {
    // Some buffers cannot be detached, such as those of Node 24's zlib: the collector frees them.
  }
}
