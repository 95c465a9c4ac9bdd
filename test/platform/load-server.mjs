/** A server that answers by load-handler.mjs; it prints its port. */
import http from 'node:http';
import * as api from '../../build/index.js';
import { handlerOf } from './load-handler.mjs';

const handle = handlerOf(api);
const server = http.createServer(async (request, response) => {
  try {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    // In memory of its own, where float32 numbers begin at a multiple of four.
    response.end(await handle(request.url, new Uint8Array(Buffer.concat(pieces))));
  } catch (error) {
    response.statusCode = 500;
    response.end(String(error?.stack ?? error));
  }
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
