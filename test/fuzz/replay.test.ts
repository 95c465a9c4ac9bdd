/** What the fuzzers found stays found: each case is read again, in a process that is watched. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formats } from '../../src/sources/index.ts';
import { Prober } from './watch.mjs';

const here = new URL('.', import.meta.url);
const listed = (folder: string) => {
  const place = new URL(folder, here);
  return existsSync(place) ? readdirSync(place).sort() : [];
};

it('every format has a reader of its own in readers/', () => {
  const readers = listed('readers').map((file) => file.replace('.mjs', ''));
  expect(readers).toEqual(expect.arrayContaining(formats.map(({ name }) => name)));
});

describe('the seeds are read, and the corpus is right or refused', () => {
  it.each(listed('readers').map((file) => file.replace('.mjs', '')))('%s', async (reader) => {
    const prober = new Prober(reader);
    const findings: Record<string, string> = {};
    try {
      await prober.ready();
      for (const file of listed(`corpus/${reader}`)) {
        const text = readFileSync(new URL(`corpus/${reader}/${file}`, here), 'utf8');
        const { finding } = await prober.probe(JSON.parse(text));
        if (finding) findings[file] = `${finding.kind}: ${finding.message}`;
      }
    } finally {
      prober.close();
    }
    expect(findings).toEqual({});
  });
});
