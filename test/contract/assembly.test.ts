/** What a linter would say of assembly/: the tools for TypeScript do not know AssemblyScript. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const ENTRIES = ['assembly/index.ts', 'assembly/extra.ts'];

const files = readdirSync('assembly', { recursive: true })
  .map((file) => path.join('assembly', String(file)).split(path.sep).join('/'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => {
    const text = readFileSync(file, 'utf8');
    const code = text
      // Comments become empty lines, so that line numbers stay.
      .replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, (comment) => comment.replaceAll(/[^\n]/g, ''));
    const imports = [...code.matchAll(/^(?:import|export) \{([^}]*)\} from '([^']+)';/gm)].flatMap(
      ([, names, from]) =>
        names
          .split(',')
          // An entry may export a kernel under another name.
          .map((name) => name.trim().split(' as ')[0])
          .filter(Boolean)
          .map((name) => ({ name, file: `${path.posix.join(path.posix.dirname(file), from)}.ts` })),
    );
    // Imports and lists of exports left out.
    const body = code.replaceAll(/^(?:import|export) \{[^}]*\} from '[^']+';/gm, (all) =>
      all.replaceAll(/[^\n]/g, ''),
    );
    const declared = [...body.matchAll(/^(export )?(function|const|class) (\w+)/gm)].map(
      ([, exported, kind, name]) => ({
        name,
        exported: exported !== undefined,
        isConstant: kind === 'const',
      }),
    );
    return { file, text, body, imports, declared };
  });
const modules = files.filter(({ file }) => !ENTRIES.includes(file));
const kernels = files.filter(({ file }) => ENTRIES.includes(file)).flatMap(({ imports }) => imports);

/** `file:line: text` of each line of code that a pattern matches. */
function linesWith(pattern: RegExp): string[] {
  return modules.flatMap(({ file, body }) =>
    body.split('\n').flatMap((line, i) => (pattern.test(line) ? [`${file}:${i + 1}: ${line.trim()}`] : [])),
  );
}

const timesUsed = (body: string, name: string) => body.match(new RegExp(`\\b${name}\\b`, 'g'))?.length ?? 0;

describe('assembly/', () => {
  test('is read as a whole', () => {
    expect(modules.length).toBeGreaterThan(50);
    expect(kernels.length).toBeGreaterThan(150);
    expect(modules.flatMap(({ declared }) => declared).length).toBeGreaterThan(500);
  });

  test('hides nothing from a compiler', () => {
    const hidden = files.filter(({ text }) => /@ts-|prettier-ignore/.test(text)).map(({ file }) => file);
    expect(hidden).toEqual([]);
  });

  test('allocates nothing: no objects, arrays or strings', () => {
    expect(linesWith(/\bnew\b|\b(?:Static)?Array\b|\bString\b|\b(?:Map|Set)\b|['"`]|\[/)).toEqual([]);
  });

  test('has no variables outside functions: several instances share a memory', () => {
    expect(linesWith(/^(?:export )?(?:let|var)\b/)).toEqual([]);
  });

  test('has a comment on each kernel', () => {
    const bare = kernels.filter(({ name, file }) => {
      const { text } = files.find((one) => one.file === file)!;
      return !new RegExp(`\\*/\\n(?:@\\w+\\n)*export function ${name}\\b`).test(text);
    });
    expect(bare).toEqual([]);
  });

  test('names kernels by operation, variant and element type', () => {
    const odd = kernels.filter(({ name }) => !/^[a-z]+(?:[A-Z][a-z]+)*(?:F32|F64)?$/.test(name));
    expect(odd).toEqual([]);
  });

  test('imports what is there, and uses it', () => {
    const wrong = files.flatMap(({ file, imports, body }) =>
      imports
        .filter((one) => {
          const from = modules.find((module) => module.file === one.file);
          const found = from?.declared.some(({ name, exported }) => exported && name === one.name);
          return !found || (!ENTRIES.includes(file) && timesUsed(body, one.name) === 0);
        })
        .map((one) => `${file}: ${one.name} of ${one.file}`),
    );
    expect(wrong).toEqual([]);
  });

  test('declares nothing that is not used', () => {
    const unused = modules.flatMap(({ file, body, declared }) =>
      declared
        .filter(
          ({ name, exported, isConstant }) =>
            // Exported constants may be the host's.
            !(exported && isConstant) &&
            timesUsed(body, name) < 2 &&
            !files.some(({ imports }) => imports.some((one) => one.name === name && one.file === file)),
        )
        .map(({ name }) => `${file}: ${name}`),
    );
    expect(unused).toEqual([]);
  });

  test('has files of at most 500 lines', () => {
    const long = modules.filter(({ text }) => text.split('\n').length > 501).map(({ file }) => file);
    expect(long).toEqual([]);
  });
});
