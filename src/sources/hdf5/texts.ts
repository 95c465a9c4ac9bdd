/** Texts as the HDF5 library leaves them in its memory. */

interface TextType {
  /** Bytes of a text of fixed length. */
  size: number;
  /** Texts of any length: the memory has their addresses. */
  vlen: boolean;
}

/** The text in bytes, as UTF-8, as far as its first zero. */
function textOf(decoder: TextDecoder, bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/**
 * Read `count` texts, or their addresses, from `at` on, `apart` bytes apart.
 * @throws Error if an address is beyond the memory
 */
export function textsIn(
  memory: Uint8Array,
  at: number,
  apart: number,
  count: number,
  type: TextType,
): string[] {
  const decoder = new TextDecoder();
  const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
  return Array.from({ length: count }, (_, i) => {
    const place = at + i * apart;
    if (!type.vlen) return textOf(decoder, memory.slice(place, place + type.size));
    const address = view.getUint32(place, true);
    if (address === 0) return '';
    const end = memory.indexOf(0, address);
    if (address >= memory.length || end < 0) throw new Error('the address of a text is wrong');
    return decoder.decode(memory.slice(address, end));
  });
}
