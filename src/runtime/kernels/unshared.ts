/** Kernels for platforms without shared memory: the same code, but the imported memory is not shared. */

const IMPORTS = 2;
const MEMORY = 2;
const SHARED = 2;

/**
 * The module with an unshared memory. Atomic instructions are valid on unshared memory too.
 * @param module a module that imports a memory and functions, nothing else
 */
export function unshare(module: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = module.slice();
  // After the magic number and the version.
  let at = 8;
  const number = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const skipName = () => {
    const length = number();
    at += length;
  };
  while (at < bytes.length) {
    const section = bytes[at++];
    const end = number() + at;
    if (section !== IMPORTS) {
      at = end;
      continue;
    }
    for (let left = number(); left > 0; left--) {
      skipName();
      skipName();
      if (bytes[at++] === MEMORY) {
        bytes[at] &= ~SHARED;
        return bytes;
      }
      // The type of a function.
      number();
    }
  }
  return bytes;
}
