/** How to read what holds rows only indirectly: files, streams, responses. For error messages. */

/** The line that reads x; undefined if it is nothing known. */
export function otherWay(x: unknown, name: string): string | undefined {
  if (typeof x === 'string' || x instanceof URL)
    return `to read a file, use readMatrix(await open(...)) from 'coppice/sources'`;
  if (typeof x !== 'object' || x === null) return undefined;
  const can = (method: string) => typeof (x as Record<string, unknown>)[method] === 'function';
  const opened = (input: string) =>
    `read it with await readMatrix(await open(${input})) from 'coppice/sources'`;
  if (Array.isArray(x)) {
    return typeof x[0] === 'number' ? 'write rows of one number as [[1], [2], [3]]' : undefined;
  }
  if (can('chunks'))
    return `readMatrix(${name}) reads all rows; twoPass, kmeans and assign accept the source itself`;
  if (can('then')) return `${name} is a promise; pass await ${name}`;
  if (can('arrayBuffer')) return opened(can('slice') ? name : `await ${name}.blob()`);
  if (can('getReader')) return opened(name);
  if (can('pipe') && can('on')) return opened(`Readable.toWeb(${name})`);
  if (can('next') && (Symbol.iterator in x || Symbol.asyncIterator in x)) {
    const all = Symbol.iterator in x ? `pass [...${name}]` : 'collect them in an array';
    return `it can be read only once: of rows, ${all}; of bytes, ${opened(`ReadableStream.from(${name})`)}`;
  }
  if (Symbol.iterator in x) return `pass its items as an array, [...${name}]`;
  return undefined;
}
