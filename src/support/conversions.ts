/** Code that converts data of other libraries to rows, for error messages. Loaded only after an error. */

interface Foreign {
  [key: string]: unknown;
}

/** Code that reads the numeric fields of a record. */
function fieldsOf(record: Foreign): string[] {
  return Object.keys(record)
    .filter((key) => typeof record[key] === 'number')
    .map((key) => (/^[A-Za-z_$][\w$]*$/.test(key) ? `r.${key}` : `r[${JSON.stringify(key)}]`));
}

/** How to convert a value that is not a matrix; undefined if it is not known. */
function conversionOf(X: unknown): string | undefined {
  if (typeof X !== 'object' || X === null) return undefined;
  if (Array.isArray(X)) {
    const first: unknown = X[0];
    if (typeof first !== 'object' || first === null || Array.isArray(first) || ArrayBuffer.isView(first))
      return;
    const fields = fieldsOf(first as Foreign);
    if (fields.length === 0 || fields.some((code) => code.length > 40)) return;
    const some = fields.length > 3 ? [...fields.slice(0, 3), '...'] : fields;
    return `convert records to rows with X.map((r) => [${some.join(', ')}])`;
  }
  const it = X as Foreign;
  const can = (name: string) => typeof it[name] === 'function';
  if (can('chunks')) return 'readMatrix() reads all rows; twoPass and kmeans accept the source itself';
  if (can('then')) return 'X is a promise; pass await X';
  if (can('arrayBuffer')) {
    const file = can('slice') ? 'X' : 'await X.blob()';
    return `read it with await readMatrix(await open(${file})) from 'coppice/sources'`;
  }
  if (can('getChild') && 'schema' in it) {
    return 'convert an Arrow table to rows with Array.from(X, (row) => row.toArray())';
  }
  if (can('arraySync')) return 'convert a tensor to rows with await X.array()';
  if (can('to2DArray')) return 'convert it to rows with X.to2DArray()';
  const shape = ['shape', 'dims'].find((name) => Array.isArray(it[name]));
  if (shape === undefined || !('data' in it)) return undefined;
  const [size, { data }] = [it[shape] as unknown[], it];
  if (size.length !== 2)
    return `X.${shape} has ${size.length} numbers, but a matrix has only rows and columns`;
  const isFloat = data instanceof Float32Array || data instanceof Float64Array;
  const numbers = can('data') ? 'await X.data()' : isFloat ? 'X.data' : 'Float64Array.from(X.data, Number)';
  return `convert it to a Matrix with { data: ${numbers}, rows: X.${shape}[0], cols: X.${shape}[1] }`;
}

/** Add the conversion to the message of a TypeError, if X can be converted. */
export function withConversion(error: unknown, X: unknown): unknown {
  const line = error instanceof TypeError ? conversionOf(X) : undefined;
  if (line !== undefined) (error as Error).message += `; ${line}`;
  return error;
}
