import { describe, expect, test } from 'vitest';
import { ordinal } from '../../src/cli/commands/cluster.ts';
import { atoms, columns, height, joinAtoms, whole } from '../../src/cli/flags/values.ts';
import { messageOf, UsageError } from '../../src/cli/terminal/errors.ts';
import { bar, createProgress, progressLine } from '../../src/cli/terminal/progress.ts';
import {
  bars,
  fields,
  formatCount,
  formatSeconds,
  plural,
  printable,
  printableJson,
  showsBlocks,
  table,
} from '../../src/cli/terminal/text.ts';
import { MemoryLimitError, rangeError } from '../../src/errors.ts';
import { option, say } from '../../src/messages.ts';

test('counts, times and ordinals', () => {
  expect([0, 999, 1234567].map((n) => formatCount(n))).toEqual(['0', '999', '1,234,567']);
  expect([3, 999.9, 12_345, 9.99e6].map((n) => formatCount(n, true))).toEqual(['3', '1k', '12.3k', '9.99M']);
  expect([0.04, 3.21, 9.96, 42, 125, 12_000].map(formatSeconds)).toEqual([
    '0.04 s',
    '3.2 s',
    '10 s',
    '42 s',
    '2 min 5 s',
    '3 h 20 min',
  ]);
  expect([1, 2, 3, 4, 11, 12, 13, 21, 102, 111].map(ordinal)).toEqual([
    '1st',
    '2nd',
    '3rd',
    '4th',
    '11th',
    '12th',
    '13th',
    '21st',
    '102nd',
    '111th',
  ]);
  expect([plural(1, 'row'), plural(0, 'row'), plural(2000, 'row')]).toEqual([
    '1 row',
    '0 rows',
    '2,000 rows',
  ]);
});

test('tables are aligned', () => {
  const text = table(
    [{ heading: 'a' }, { heading: 'name', align: 'left' }],
    [
      ['1', 'x'],
      ['100', 'longer'],
    ],
    '',
  );
  expect(text).toBe('  a  name\n  1  x\n100  longer');
});

test('errors are one line, in the words of the command line', () => {
  expect(messageOf(new Error('a\n  b'))).toBe('a b');
  const memory = new MemoryLimitError('this', 2e6, 1e6, say`a smaller ${option('chunkRows')} would fit`);
  expect(memory.message).toBe('this needs 2 MB, but memoryLimit allows 1 MB; a smaller chunkRows would fit');
  expect(messageOf(memory)).toBe(
    'this needs 2 MB, but --memory allows 1 MB; a smaller --chunk-rows would fit',
  );
  expect(messageOf(new UsageError(memory.message, { cause: memory }))).toBe(messageOf(memory));
  const missing = say`give ${option('idColumn')}, or ${option('missing', 'drop-rows', 'mean')}`;
  expect(messageOf(rangeError(missing))).toBe('give --id-column, or --missing drop-rows or mean');
  expect(messageOf(rangeError(say`use ${option('header', false)}`))).toBe('use --no-header');
  expect(messageOf(rangeError(say`pass ${option('metric', 'precomputed')}`))).toBe(
    'pass --metric precomputed',
  );
  expect(messageOf(new Error('memoryLimit'))).toBe('memoryLimit');
});

test('what a file holds does not command the terminal', () => {
  const evil = '\x1b[2J\x9b1m\u202eabc\r\x07';
  const shown = '\\x1b[2J\\x9b1m\\u202eabc\\x0d\\x07';
  expect(printable(evil)).toBe(shown);
  expect(messageOf(new Error(`${evil}: is not a number`))).not.toContain('\x1b');
  expect(fields([['File', `a\n${evil}`]])).toBe(`File  a\\n${shown}`);
  expect(table([{ heading: evil }], [['x\ty']], '')).toContain(shown);
  expect(printableJson(JSON.stringify({ [evil]: evil }))).toMatch(/^[\x20-\x7e]*$/);
  expect(JSON.parse(printableJson(JSON.stringify({ [evil]: evil })))).toEqual({ [evil]: evil });
});

describe('values', () => {
  test('whole numbers and heights', () => {
    expect(whole(1)('12')).toBe(12);
    for (const bad of ['', ' 1', '1 ', '+1', '1.0', '1e2', '0x1', '٣', '-1', '0'])
      expect(() => whole(1)(bad)).toThrow();
    expect(['0', '.5', '2.', '1e-3', '50'].map(height)).toEqual([0, 0.5, 2, 0.001, 50]);
    for (const bad of ['', '-1', 'NaN', 'Infinity', '1e999', '1,5', '0x1'])
      expect(() => height(bad)).toThrow();
  });

  test('columns', () => {
    expect(columns('a,b c,3')).toEqual(['a', 'b c', 3]);
    expect(columns('0-2,x-1')).toEqual([0, 1, 2, 'x-1']);
    expect(columns('"2020","a,b","say ""hi"""')).toEqual(['2020', 'a,b', 'say "hi"']);
    for (const bad of ['', ',', 'a,', ',a', 'a,,b', '"a', 'a"b', '5-2']) expect(() => columns(bad)).toThrow();
  });

  test('atoms', () => {
    expect(atoms('0,1,5-9')).toEqual([0, 1, 5, 6, 7, 8, 9]);
    expect(atoms('name CA,CB')).toEqual({ name: ['CA', 'CB'] });
    expect(atoms('name CA', atoms('residue ALA'))).toEqual({ residue: ['ALA'], name: ['CA'] });
    expect(() => atoms('name CB', { name: ['CA'] })).toThrow('twice');
    expect(() => atoms('name CB', [1])).toThrow('cannot be combined');
    expect(() => atoms('1', { name: ['CA'] })).toThrow('cannot be combined');
    for (const bad of ['CA', 'name', 'chain A', '-1', '1.5', '']) expect(() => atoms(bad)).toThrow();
  });

  test('the words after --atoms are joined, and nothing else is', () => {
    expect(joinAtoms(['cluster', '--atoms', 'name', 'CA', 'in.h5'])).toEqual([
      'cluster',
      '--atoms',
      'name CA',
      'in.h5',
    ]);
    expect(joinAtoms(['--atoms', '1,2', 'in.h5'])).toEqual(['--atoms', '1,2', 'in.h5']);
    expect(joinAtoms(['--atoms', 'name', '--json'])).toEqual(['--atoms', 'name', '--json']);
    expect(joinAtoms(['--atoms', 'name'])).toEqual(['--atoms', 'name']);
    expect(joinAtoms(['--', '--atoms', 'name', 'x'])).toEqual(['--', '--atoms', 'name', 'x']);
  });
});

describe('progress', () => {
  const at = { phase: 'assign', done: 500, total: 2000, elapsed: 2, left: 6, rowBytes: 256, columns: 100 };

  test('shows phase, share, rate and time left', () => {
    expect(progressLine(at)).toBe(
      `assign     ▕${'█'.repeat(6)}${' '.repeat(18)}▏ 25 %  500 of 2,000 rows  64 kB/s  6 s left`,
    );
    expect(progressLine({ ...at, phase: 'linkage' })).toContain('250 merges/s');
    expect(progressLine({ ...at, total: undefined, left: undefined })).toBe('assign     500 rows  64 kB/s');
  });

  test('fits any terminal', () => {
    for (let columns = 1; columns < 120; columns++) {
      expect(progressLine({ ...at, columns }).length).toBeLessThan(Math.max(columns, 1));
    }
  });

  test('bars are as long as their share', () => {
    expect([0, 0.5, 1, 2, -1].map((share) => bar(share, 4))).toEqual(['', '██', '████', '████', '']);
    expect(bar(1 / 32, 4)).toBe('▏');
  });

  test('times add up by phase, and a pipe sees nothing', () => {
    const written: unknown[] = [];
    const stream = {
      isTTY: false,
      write: (text: unknown) => written.push(text),
    } as unknown as NodeJS.WriteStream;
    const view = createProgress(stream);
    view.update({ phase: 'sample', done: 0, total: 10 });
    view.update({ phase: 'sample', done: 10, total: 10 });
    view.update({ phase: 'assign', done: 0 });
    view.stop();
    expect(Object.keys(view.seconds())).toEqual(['sample', 'assign']);
    expect(written).toEqual([]);
  });
});

test('bars', () => {
  expect(bars([0, 1, 8, 4, 100], true)).toBe(' ▁▁▁█');
  expect(bars([0, 1, 2, 3, 4, 5, 6, 7, 8], true)).toBe(' ▁▂▃▄▅▆▇█');
  expect(bars([0, 1, 2, 3, 4, 5, 6, 7, 8], false)).toBe(' ._-=+*%#');
  expect(showsBlocks({ LANG: 'en_US.UTF-8' })).toBe(true);
  expect(showsBlocks({})).toBe(true);
  expect(showsBlocks({ LC_ALL: 'C', LANG: 'en_US.UTF-8' })).toBe(false);
  expect(showsBlocks({ LANG: 'de_DE.utf8', TERM: 'dumb' })).toBe(false);
});
