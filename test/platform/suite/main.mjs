/** The shared suite in a server runtime: prints its result as JSON. */
import * as api from '../../../build/index.js';
import * as sequences from '../../../build/sequences.js';
import * as sources from '../../../build/sources.js';
import { runSuite } from './suite.mjs';
import { runUrls } from './urls.mjs';

/** `main.mjs [part of a case's name]`, with `--folder where` before it, or `main.mjs --urls where [part of a case's name]` */
let [first, ...rest] = globalThis.process?.argv?.slice(2) ?? [];
if (first === '--folder') {
  globalThis.coppiceTestFolder = rest[0];
  first = rest[1];
}
const result =
  first === '--urls' ? await runUrls(api, sources, ...rest) : await runSuite(api, sources, sequences, first);
console.log(JSON.stringify(result));
