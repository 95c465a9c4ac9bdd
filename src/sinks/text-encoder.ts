/** Encodes text in the encodings that text tables are read in. What was decoded from a file becomes the same bytes. */

/** @throws RangeError for a character that the encoding does not have */
export function textEncoder(encoding: string): (text: string) => Uint8Array {
  if (encoding === 'utf-8') {
    const encoder = new TextEncoder();
    return (text) => encoder.encode(text);
  }
  if (encoding.startsWith('utf-16')) {
    const little = encoding === 'utf-16le';
    return (text) => {
      const view = new DataView(new ArrayBuffer(2 * text.length));
      for (let i = 0; i < text.length; i++) view.setUint16(2 * i, text.charCodeAt(i), little);
      return new Uint8Array(view.buffer);
    };
  }
  const all = new TextDecoder(encoding).decode(Uint8Array.from({ length: 256 }, (_, byte) => byte));
  const byteOf = new Map(Array.from(all, (char, byte) => [char, byte]));
  return (text) =>
    Uint8Array.from(text, (char) => {
      const byte = byteOf.get(char);
      if (byte === undefined)
        throw new RangeError(`${JSON.stringify(char)} cannot be written as ${encoding}`);
      return byte;
    });
}
