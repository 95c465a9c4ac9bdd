/** The line that makes rows of what other libraries hold. Loaded when something was refused. */

interface Foreign {
  [key: string]: unknown;
}

/** The fields of a record that hold numbers, as code. */
function fieldsOf(record: Foreign): string[] {
  return Object.keys(record)
    .filter((key) => typeof record[key] === 'number')
    .map((key) => (/^[A-Za-z_$][\w$]*$/.test(key) ? `r.${key}` : `r[${JSON.stringify(key)}]`));
}

/** How a value that is no matrix becomes one; undefined where nobody knows. */
export function conversionOf(X: unknown): string | undefined {
  if (typeof X !== 'object' || X === null) return undefined;
  if (Array.isArray(X)) {
    const first: unknown = X[0];
    if (typeof first !== 'object' || first === null || Array.isArray(first) || ArrayBuffer.isView(first))
      return;
    const fields = fieldsOf(first as Foreign);
    if (fields.length === 0 || fields.some((code) => code.length > 40)) return;
    const some = fields.length > 3 ? [...fields.slice(0, 3), '...'] : fields;
    return `records become rows by X.map((r) => [${some.join(', ')}])`;
  }
  const it = X as Foreign;
  const can = (name: string) => typeof it[name] === 'function';
  if (can('chunks')) return 'readMatrix() reads all of it; twoPass and kmeans take it as it is';
  if (can('then')) return 'a promise gives it by await X';
  if (can('arrayBuffer')) {
    const file = can('slice') ? 'X' : 'await X.blob()';
    return `what it holds is read by await readMatrix(await open(${file})), of 'coppice/sources'`;
  }
  if (can('getChild') && 'schema' in it) {
    return 'an Arrow table becomes rows by Array.from(X, (row) => row.toArray())';
  }
  if (can('arraySync')) return 'a tensor becomes rows by await X.array()';
  if (can('to2DArray')) return 'it becomes rows by X.to2DArray()';
  const shape = ['shape', 'dims'].find((name) => Array.isArray(it[name]));
  if (shape === undefined || !('data' in it)) return undefined;
  const [size, { data }] = [it[shape] as unknown[], it];
  if (size.length !== 2)
    return `X.${shape} has ${size.length} numbers, and a matrix has rows and columns alone`;
  const isFloat = data instanceof Float32Array || data instanceof Float64Array;
  const numbers = can('data') ? 'await X.data()' : isFloat ? 'X.data' : 'Float64Array.from(X.data, Number)';
  return `it becomes a Matrix by { data: ${numbers}, rows: X.${shape}[0], cols: X.${shape}[1] }`;
}

/** The error with the line that would help, where it is about the type of X. */
export function withConversion(error: unknown, X: unknown): unknown {
  const line = error instanceof TypeError ? conversionOf(X) : undefined;
  if (line !== undefined) (error as Error).message += `; ${line}`;
  return error;
}
