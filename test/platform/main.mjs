/** The shared suite in a server runtime: prints its result as JSON. */
import * as api from '../../build/index.js';
import * as sequences from '../../build/sequences.js';
import * as sources from '../../build/sources.js';
import { runSuite } from './suite.mjs';

const only = globalThis.process?.argv?.[2];
const result = await runSuite(api, sources, sequences, only);
console.log(JSON.stringify(result));
