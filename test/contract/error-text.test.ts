/** The command line and the page never read the text of messages: errors and warnings carry fields and parts. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/** A regular expression, or a search, over a message. */
const READS = [
  /\bmessage\)?\s*\.\s*(?:match|matchAll|search|replace|replaceAll|split|startsWith|endsWith|includes|indexOf)\(/,
  /\/[dgimsuvy]*\.(?:test|exec)\(\s*(?:\(?\w+(?: as \w+)?\)?\.)?message\b/,
  /\[\s*\/.*\/[a-z]*,\s*['"`]/,
];

it.each(['src/cli', 'src/web'])('%s', (folder) => {
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .flatMap((name) =>
      readFileSync(`${folder}/${name}`, 'utf8')
        .split('\n')
        .filter((line) => READS.some((pattern) => pattern.test(line)))
        .map((line) => `${name}: ${line.trim()}`),
    );
  expect(found).toEqual([]);
});
