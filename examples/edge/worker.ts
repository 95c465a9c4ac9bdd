/**
 * Labels rows at the edge: POST rows, and get a line for each with its cluster and its distance to the nearest leader.
 *
 * Nothing is collected: a chunk of rows is read when the client has taken the labels of the chunk before. So memory does not
 * depend on the length of the body. README.md describes what clients can rely on.
 */
import { type Assignment, assign, configure, type MemoryLimitError, Model } from 'coppice';
import { type Format, open } from 'coppice/sources';
import file from './model.safetensors';
import { Places } from './places.ts';

/** Rows of a chunk, of about 512 bytes each. Two chunks are in memory at a time. */
const CHUNK_ROWS = 2048;
/** Memory of all calls together, out of 128 MB. The rest is for the platform, and for bodies and answers in transit. */
const MEMORY_LIMIT = '32MB';
/** Requests that are processed at the same time: one can work while another waits for its client. */
const PLACES = 2;
/** A line of text with all of the model's columns needs a few kilobytes. */
const MAX_LINE_BYTES = 2 ** 20;
const FORMATS: Format[] = ['npy', 'csv', 'jsonl'];

/** Names of bodies in messages. The extension decides the format, unless the first bytes do. */
const TYPES: Record<string, string> = {
  'application/x-npy': 'body.npy',
  'text/csv': 'body.csv',
  'text/tab-separated-values': 'body.tsv',
  'application/jsonl': 'body.jsonl',
  'application/x-ndjson': 'body.jsonl',
};
/** Types that say nothing about the body, so that its first bytes decide. The last two are defaults of clients. */
const ANY = ['', 'application/octet-stream', 'application/x-www-form-urlencoded', 'text/plain'];

/** Settings of the deployment. */
interface Environment {
  /** Greatest length of a body in bytes. If set, requests must have a Content-Length. */
  MAX_BYTES?: string;
}

/** The context that the platform passes. */
interface Context {
  waitUntil(work: Promise<void>): void;
}

interface Writer {
  type: string;
  head: string;
  line(row: number, cluster: number, distance: number): string;
  error(message: string): string;
}

/** The shortest decimal number that is read back as the same float32. */
function short(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(Number(value.toPrecision(9)));
}

const CSV: Writer = {
  type: 'text/csv; charset=utf-8',
  head: 'row,cluster,distance\n',
  line: (row, cluster, distance) => `${row},${cluster},${short(distance)}\n`,
  error: (message) => `error: ${message}\n`,
};

const JSON_LINES: Writer = {
  type: 'application/jsonl; charset=utf-8',
  head: '',
  line: (row, cluster, distance) => `{"row":${row},"cluster":${cluster},"distance":${short(distance)}}\n`,
  error: (message) => `${JSON.stringify({ error: message })}\n`,
};

configure({ memoryLimit: MEMORY_LIMIT });

const places = new Places(PLACES);

const model = Model.load(file, 'model.safetensors');

function refuse(status: number, message: string, headers: Record<string, string> = {}): Response {
  const type = { 'content-type': 'text/plain; charset=utf-8' };
  return new Response(`${message}\n`, { status, headers: { ...type, ...headers } });
}

/** The message in one line, as on the command line. */
function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\s*[\r\n]+\s*/g, ' ').trim();
}

/** The HTTP status for an error in a body. */
function statusOf(error: unknown): number {
  const { code, message } = error as { code?: string; message: string };
  // Busy: other requests use the memory, and are not progressing.
  if (code === 'ERR_MEMORY_LIMIT') return (error as MemoryLimitError).busy ? 503 : 413;
  // The format is unknown, or is not read here.
  if (code === 'ERR_PLATFORM' || (code === 'ERR_RANGE' && message.startsWith('format: '))) return 415;
  if (code === 'ERR_FORMAT' && message.includes(': is of an unknown format: ')) return 415;
  return code === undefined ? 500 : 400;
}

/** Lines, produced on demand. An error becomes the last line, and then the response is aborted. */
function answer(
  first: IteratorResult<Assignment, void>,
  parts: AsyncGenerator<Assignment, void>,
  stop: AbortController,
  writer: Writer,
  goOn: () => void,
  over: () => void,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let part: IteratorResult<Assignment, void> | undefined = first;
  let text = writer.head;
  let failed: { error: unknown } | undefined;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (failed) return controller.error(failed.error);
        goOn();
        try {
          part ??= await parts.next();
          goOn();
          if (!part.done) {
            const { start, labels, distances } = part.value;
            for (let i = 0; i < labels.length; i++) text += writer.line(start + i, labels[i], distances[i]);
          }
        } catch (error) {
          failed = { error };
          over();
          text += writer.error(messageOf(error));
        }
        if (text !== '') controller.enqueue(encoder.encode(text));
        text = '';
        if (part?.done) {
          over();
          controller.close();
        }
        part = undefined;
      },
      async cancel(reason) {
        stop.abort(reason);
        await parts.return();
        over();
      },
    },
    // Produce nothing before it is requested.
    { highWaterMark: 0 },
  );
}

async function label(request: Request, env: Environment = {}, context?: Context): Promise<Response> {
  if (request.method !== 'POST') return refuse(405, 'rows are sent with POST', { allow: 'POST' });
  const { headers, body } = request;
  const type = (headers.get('content-type') ?? '').split(';')[0].trim().toLowerCase();
  const name = Object.hasOwn(TYPES, type) ? TYPES[type] : ANY.includes(type) ? 'body' : undefined;
  const encoding = headers.get('content-encoding') ?? 'identity';
  if (name === undefined || !/^(identity|(x-)?gzip)$/i.test(encoding)) {
    const got = name === undefined ? type : `the encoding ${encoding}`;
    return refuse(415, `rows are read as ${Object.keys(TYPES).join(', ')}, plain or with gzip; got ${got}`);
  }
  const length = headers.get('content-length');
  if (env.MAX_BYTES !== undefined) {
    if (length === null) return refuse(411, 'the request must have a Content-Length');
    if (Number(length) > Number(env.MAX_BYTES)) {
      return refuse(413, `the body has ${length} bytes; allowed are ${env.MAX_BYTES}`);
    }
  }
  if (!body) return refuse(400, `${name}: is empty (0 bytes)`);
  const writer = /\bapplication\/(jsonl|x-ndjson)\b/i.test(headers.get('accept') ?? '') ? JSON_LINES : CSV;
  const stop = new AbortController();
  // When a client leaves, workerd drops the request without running its clean-up. waitUntil keeps it running to its end.
  let end = () => {};
  context?.waitUntil(
    new Promise((resolve) => {
      end = resolve;
    }),
  );
  const place = await places.enter();
  const goOn = () => places.goOn(place);
  const over = () => {
    places.leave(place);
    end();
  };
  try {
    const source = await open(body, {
      format: FORMATS,
      name,
      byteLength: length === null ? undefined : Number(length),
      maxLineBytes: MAX_LINE_BYTES,
      signal: stop.signal,
    });
    const parts = assign(source, model, {
      chunkRows: CHUNK_ROWS,
      threads: 1,
      signal: stop.signal,
    });
    // An error in the first chunk can still be reported with a status.
    const first = await parts.next();
    return new Response(answer(first, parts, stop, writer, goOn, over), {
      headers: { 'content-type': writer.type, 'cache-control': 'no-store' },
    });
  } catch (error) {
    stop.abort(error);
    over();
    const status = statusOf(error);
    return refuse(status, status === 500 ? 'this should not have happened' : messageOf(error));
  }
}

export default { fetch: label };
