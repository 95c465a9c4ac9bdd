/**
 * Runs the code blocks of a Markdown file, and compares their output with the output given in the text.
 *
 * The js blocks of a file form one program, from top to bottom: later blocks use what earlier ones declare. In a block,
 *     // => text             gives a line that the block prints, and
 *     const T = f();         // Int32Array [1, 2]
 * gives the value of the constant.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const IMPORT = /^import \{([^}]*)\} from '([^']+)';\n/gm;
const PRINTED = /^\/\/ => ?(.*)$/gm;
const CONSTANT = /^const (\w+) = .*; +\/\/ (\w+Array) (\[.*\])$/gm;
const MARK = '\u001e';

/**
 * The fenced code blocks of a Markdown text.
 *
 * @returns {{ language: string, line: number, code: string }[]} with the line, from 1, at which the code begins
 */
export function readBlocks(markdown) {
  const blocks = [];
  let open;
  markdown.split('\n').forEach((text, i) => {
    if (open && text === '```') {
      blocks.push({ ...open, code: open.code.join('\n') + '\n' });
      open = undefined;
    } else if (open) open.code.push(text);
    else if (/^```\w+$/.test(text)) open = { language: text.slice(3), line: i + 2, code: [] };
  });
  if (open) throw new Error(`line ${open.line - 1}: the code block has no end`);
  return blocks;
}

/** The imports of all blocks, each name once. Paths are relative to the folder of the Markdown file. */
function importsOf(blocks, folder) {
  const names = new Map();
  for (const { code } of blocks) {
    for (const [, list, from] of code.matchAll(IMPORT)) {
      const known = names.get(from) ?? new Set();
      for (const name of list.split(',')) if (name.trim()) known.add(name.trim());
      names.set(from, known);
    }
  }
  return [...names].map(([from, set]) => {
    // 'coppice' is this package: Node resolves it by the package's own name, to build/.
    const url = from.startsWith('.') ? pathToFileURL(resolve(folder, from)).href : import.meta.resolve(from);
    return `import { ${[...set].join(', ')} } from ${JSON.stringify(url)};\n`;
  });
}

/** The expected output of a block, line by line, from its comments. */
function expectedOf(code) {
  const constants = [...code.matchAll(CONSTANT)].map(
    ([, , type, list]) => `${type} ${list.replaceAll(' ', '')}`,
  );
  return [...code.matchAll(PRINTED)].map(([, text]) => text).concat(constants);
}

function programOf(blocks, folder, prelude) {
  const parts = [...importsOf(blocks, folder), prelude, '\n'];
  for (const { code } of blocks) {
    const constants = [...code.matchAll(CONSTANT)].map(
      ([, name]) => `console.log(${name}.constructor.name, JSON.stringify(Array.from(${name})));\n`,
    );
    parts.push(`process.stdout.write(${JSON.stringify(MARK)});\n`, code.replace(IMPORT, ''), ...constants);
  }
  return parts.join('');
}

/**
 * Run the js blocks of a Markdown file as one program.
 *
 * @param {string} file the Markdown file
 * @param {{ cwd: string, prelude?: string }} options the folder to run in, and code to run before the first block
 * @returns {Promise<{ line: number, code: string, printed: string[], expected: string[] }[]>}
 * @throws Error with the line of the block that failed, and its error output
 */
export async function runBlocks(file, { cwd, prelude = '' }) {
  const blocks = readBlocks(readFileSync(file, 'utf8')).filter(({ language }) => language === 'js');
  const child = spawn(process.execPath, ['--input-type=module'], { cwd, stdio: 'pipe' });
  let [out, problems] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    problems += text;
  });
  child.stdin.end(programOf(blocks, dirname(file), prelude));
  const status = await new Promise((done, fail) => {
    child.on('error', fail).on('close', done);
  });
  const printed = out.split(MARK).slice(1);
  if (status !== 0 || printed.length !== blocks.length) {
    const line = blocks[Math.max(0, printed.length - 1)].line;
    throw new Error(`${file}: the block of line ${line} failed (exit ${status})\n${problems}`);
  }
  return blocks.map(({ line, code }, i) => ({
    line,
    code,
    printed: printed[i] === '' ? [] : printed[i].replace(/\n$/, '').split('\n'),
    expected: expectedOf(code),
  }));
}

/** The text with the actual output in its blocks. If the number of lines has changed, they go to the block's end. */
export function writeResults(markdown, results) {
  const lines = markdown.split('\n');
  for (const { line, code, printed } of results.toReversed()) {
    const old = code.split('\n').slice(0, -1);
    const constants = old.filter((text) => text.match(CONSTANT)).length;
    const results = printed.slice(0, printed.length - constants).map((text) => `// => ${text}`.trimEnd());
    const said = old.filter((text) => text.match(PRINTED)).length;
    const next =
      said === results.length
        ? old.map((text) => (text.match(PRINTED) ? results.shift() : text))
        : [...old.filter((text) => !text.match(PRINTED)), ...results];
    lines.splice(line - 1, old.length, ...next);
  }
  return lines.join('\n');
}
