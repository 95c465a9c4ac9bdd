/** An export is there for another file. What only tests import is marked `@internal`. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const posix = (file: string) => file.split(path.sep).join('/');
const textOf = new Map(
  ['src', 'test', 'bench', '.config']
    .flatMap((root) =>
      readdirSync(root, { recursive: true }).map((file) => posix(path.join(root, String(file)))),
    )
    .filter((file) => /\.(?:tsx?|mjs)$/.test(file))
    .map((file) => [file, readFileSync(file, 'utf8')]),
);

/** Generated from assembly/ as a whole, or what the build puts in the place of something else. */
const GENERATED = /^src\/runtime\/kernels\/|\.edge\.ts$|^src\/web\/resolve\.ts$/;

interface Export {
  file: string;
  name: string;
  internal: boolean;
}

function exportsOf(file: string): Export[] {
  const text = textOf.get(file) ?? '';
  const declarations = text.matchAll(
    /((?:^\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?)^export (?:async )?(?:abstract )?(?:function\*?|const|let|class|interface|type) (\w+)/gm,
  );
  return [...declarations].map(([, comment, name]) => ({
    file,
    name,
    internal: comment.includes('@internal'),
  }));
}

/** The files that import a file. What a file loads later, it may hand on to any file. */
const importers = new Map<string, string[]>();
for (const [file, text] of textOf) {
  for (const [, how, from] of text.matchAll(/(from|import\(|import) ?'(\.[^']+)'/g)) {
    const target = path.posix.join(path.posix.dirname(file), from);
    const users = how === 'import(' ? [...textOf.keys()].filter((one) => one !== target) : [file];
    importers.set(target, [...(importers.get(target) ?? []), ...users]);
  }
}

const sources = [...textOf.keys()].filter((file) => file.startsWith('src/') && !GENERATED.test(file));
const exported = sources.flatMap(exportsOf);

/** Whether one of the files that import an export's file contains its name. */
const isUsed = ({ file, name }: Export, from: RegExp) =>
  (importers.get(file) ?? []).some(
    (one) => from.test(one) && new RegExp(`\\b${name}\\b`).test(textOf.get(one) as string),
  );
const described = ({ file, name }: Export) => `${file}: ${name}`;

describe('exports of src/', () => {
  test('are read', () => {
    expect(exported.length).toBeGreaterThan(800);
    expect(isUsed({ file: 'src/errors.ts', name: 'rangeError', internal: false }, /^src/)).toBe(true);
  });

  test('have users outside their own file', () => {
    expect(exported.filter((one) => !isUsed(one, /./)).map(described)).toEqual([]);
  });

  test('are marked @internal if only tests use them', () => {
    const fromTests = exported.filter((one) => !isUsed(one, /^(?:src|\.config)/) && !one.internal);
    expect(fromTests.map(described)).toEqual([]);
    const notOnly = exported.filter((one) => one.internal && isUsed(one, /^src/));
    expect(notOnly.map(described)).toEqual([]);
  });
});
