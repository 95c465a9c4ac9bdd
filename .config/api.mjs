/**
 * Writes docs/api.md: every public name with its types and doc comment, read from build/types. A test compares it, so that no
 * change of the public API is overlooked. Run it with `node .config/api.mjs` after `npm run build`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The declarations of a module by name, as the compiler writes them, without `export declare`. */
function declarations(file) {
  const found = new Map();
  let comment = [];
  let block;
  let name;
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (block) {
      block.push(line);
      if (/^[}\]]/.test(line)) block = undefined;
      continue;
    }
    if (/^\/\*\*/.test(line) || (comment.length > 0 && /^ \*/.test(line))) {
      comment.push(line);
      continue;
    }
    const match =
      /^(?:export )?(?:declare )?((?:abstract )?(?:class|function|interface|type|const|enum)) (\w+)/.exec(
        line,
      );
    if (match) {
      name = match[2];
      const text = [...comment, line.replace(/^export /, '').replace(/^declare /, '')];
      // Overloads of a function follow each other.
      found.set(name, [...(found.get(name) ?? []), text]);
      if (!line.endsWith(';') && !/\{ ?\}$/.test(line)) block = text;
    }
    comment = [];
  }
  return found;
}

/** The lines of a declaration without private members. */
function visible(lines) {
  const shown = [];
  for (const line of lines) {
    if (!/^ {4}(#private|private |readonly #)/.test(line)) shown.push(line);
    else while (/^ {4}( \*|\/\*\*)/.test(shown.at(-1))) shown.pop();
  }
  return shown.join('\n');
}

/** The names that a module re-exports, each with the file that declares it. */
function exportsOf(file) {
  const text = readFileSync(file, 'utf8');
  const names = [];
  for (const [, list, from] of text.matchAll(/export (?:type )?\{([^}]*)\} from '([^']+)'/g)) {
    const at = path.join(path.dirname(file), from.replace(/\.js$/, '.d.ts'));
    for (const one of list.split(',')) {
      const name = one.trim().replace(/^type /, '');
      if (name) names.push({ name: name.split(' as ').at(-1), own: name.split(' as ')[0], file: at });
    }
  }
  return names;
}

/** The declarations of a name, even if its module only re-exports it. */
function declared(name, file) {
  const found = declarations(file).get(name);
  if (found) return found;
  const on = exportsOf(file).find((one) => one.name === name);
  if (!on) throw new Error(`${name} is exported and not declared in ${file}`);
  return declared(on.own, on.file);
}

/** The text of docs/api.md. */
export function describeApi() {
  const { exports } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const parts = [
    '# Every public name',
    '',
    'Made from the types of the package by `node .config/api.mjs`; the tutorial says how they are used together.',
  ];
  for (const [entry, { types }] of Object.entries(exports)) {
    const file = types && path.join(root, types);
    const names = file ? exportsOf(file) : [];
    if (names.length === 0) continue;
    parts.push('', `## ${path.posix.join('coppice', entry)}`);
    const folders = new Map();
    for (const one of names) {
      const folder = path.relative(path.join(root, 'build/types'), path.dirname(one.file)) || 'general';
      folders.set(folder, [...(folders.get(folder) ?? []), one]);
    }
    for (const [folder, members] of [...folders].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (folders.size > 1) parts.push('', `### ${folder}`);
      for (const { name, own, file: at } of members.sort((a, b) => (a.name < b.name ? -1 : 1))) {
        parts.push(
          '',
          `${folders.size > 1 ? '####' : '###'} ${name}`,
          '',
          '```ts',
          ...declared(own, at).map(visible),
          '```',
        );
      }
    }
  }
  return `${parts.join('\n')}\n`;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  writeFileSync(path.join(root, 'docs/api.md'), describeApi());
}
