/**
 * Runs docs/tutorial.md: draws its pictures again and prints every number in it.
 *
 *     npm run build && node examples/tutorial/run.mjs
 *
 * Needs: a built Coppice, nothing else. Takes some seconds. Writes docs/pictures/*.svg, and prints the output of each code block
 * with its line. The exit code is 1 if the text says something else. With --update, the text is changed to the actual output.
 */
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runBlocks, writeResults } from './blocks.mjs';

const docs = fileURLToPath(new URL('../../docs', import.meta.url));
const tutorial = path.join(docs, 'tutorial.md');
const cwd = mkdtempSync(path.join(tmpdir(), 'coppice-tutorial-'));
try {
  mkdirSync(path.join(cwd, 'pictures'));
  const results = await runBlocks(tutorial, { cwd });
  for (const { line, printed, expected } of results) {
    if (printed.length > 0) console.log(`docs/tutorial.md, line ${line}:\n${printed.join('\n')}\n`);
    if (printed.join('\n') === expected.join('\n')) continue;
    console.log(`... where the text says:\n${expected.join('\n')}\n`);
    process.exitCode = 1;
  }
  if (process.argv.includes('--update')) {
    writeFileSync(tutorial, writeResults(readFileSync(tutorial, 'utf8'), results));
    process.exitCode = 0;
  }
  for (const name of readdirSync(path.join(cwd, 'pictures'))) {
    copyFileSync(path.join(cwd, 'pictures', name), path.join(docs, 'pictures', name));
    console.log(`docs/pictures/${name}`);
  }
} finally {
  rmSync(cwd, { recursive: true, force: true });
}
