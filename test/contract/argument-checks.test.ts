/** Arguments are checked in one place, src/support/checks.ts, so that all messages have the same words. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name) && name !== 'support/checks.ts')
  .map((name) => ({ name, text: readFileSync(`src/${name}`, 'utf8') }));

/** Code that words a check by hand, though a function of checks.ts does. */
const BY_HAND: Record<string, RegExp> = {
  'the type of a value': /throw (?:typeError|rangeError)\(\s*`[^`]* must be [^`]*, got \$\{describe\(/,
  'what is got comes last':
    /(?:typeError|rangeError)\(\s*`[^`]* is \$\{describe\([^`]*; it (?:must be|is one of) /,
  'what is allowed comes first': /(?:typeError|rangeError)\(\s*`[^`]*: got [^`]*; allowed (?:is|are) /,
};

it.each(Object.entries(BY_HAND))('no file checks by hand: %s', (_, pattern) => {
  expect(files.filter(({ text }) => pattern.test(text)).map(({ name }) => name)).toEqual([]);
});
