/** What the fuzzers found stays found: each case is read again, in a process that is watched. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Prober } from './watch.mjs';

const here = new URL('.', import.meta.url);
const listed = (folder: string) => {
  const place = new URL(folder, here);
  return existsSync(place) ? readdirSync(place).sort() : [];
};

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
