/**
 * Checks the lists of a thrift struct before hyparquet reads it. hyparquet allocates as many items as a list claims: one
 * damaged byte in a page header led to 200 MB.
 * Format: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */

const DEEPEST = 64;

/** @throws Error if the struct at `at` is damaged. A list cannot have more items than bytes follow. */
export function checkStruct(view: DataView, at: number): void {
  const end = view.byteLength;
  let place = at;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = view.getUint8(place++);
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    throw new Error('a number has too many bytes');
  };
  const struct = (depth: number): void => {
    if (depth > DEEPEST) throw new Error('it is nested too deeply');
    for (;;) {
      const head = view.getUint8(place++);
      const type = head & 15;
      if (type === 0) return;
      if (head < 16) varint();
      // Types 1 and 2 are the booleans true and false, which have no value.
      if (type > 2) pass(type, depth);
    }
  };
  const pass = (type: number, depth: number): void => {
    if (type <= 3) place++;
    else if (type <= 6) varint();
    else if (type === 7) place += 8;
    else if (type === 8) {
      const bytes = varint();
      place += bytes;
    } else if (type === 9) {
      const head = view.getUint8(place++);
      const items = head >> 4 === 15 ? varint() : head >> 4;
      if (items > end - place) throw new Error(`a list claims ${items} items`);
      for (let i = 0; i < items; i++) pass(head & 15, depth + 1);
    } else if (type === 12) struct(depth + 1);
    else throw new Error(`a field is of type ${type}`);
    if (place > end) throw new Error('a field is cut short');
  };
  struct(0);
}
