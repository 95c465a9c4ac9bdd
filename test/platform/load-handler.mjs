/** What a server under load does for a request: rows of eight float32 columns come, and the bytes of a result go. */

export const COLS = 8;

/** Numbers that are the same everywhere. */
export function rowsOf(count, seed) {
  return Float32Array.from({ length: count * COLS }, (_, i) => (Math.imul(i + seed, 2654435761) >>> 9) % 997);
}

/** @param {Record<string, any>} api of 'coppice' */
export function handlerOf(api) {
  const leaders = { data: rowsOf(50, 1), rows: 50, cols: COLS };
  const labels = Int32Array.from({ length: 50 }, (_, i) => 1 + (i % 7));
  const model = api.createModel({ leaders, labels, metric: 'euclidean' });
  return async (path, bytes) => {
    const data = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
    const rows = { data, rows: data.length / COLS, cols: COLS };
    if (path === '/linkage') {
      const Z = await api.linkage(rows, { method: 'average' });
      return new Uint8Array((Z.data ?? Z).slice().buffer);
    }
    const found = new Int32Array(rows.rows);
    for await (const part of api.assign(rows, model)) found.set(part.labels, part.start);
    return new Uint8Array(found.buffer);
  };
}
