/** Outputs appear complete or not at all; what stood there before stays until then. */

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { thisProcess } from '../../src/support/process-owner.ts';
import { CLI, readInt32Npy, start, twoGroupsNpy, workplace } from './help.ts';

const { run, spawned, put, path, files, folder, mkdir } = workplace();
put('in.npy', twoGroupsNpy(200, 3));
/** Slow enough to be interrupted: half a million rows, a few at a time. */
put('long.npy', twoGroupsNpy(500_000, 1));

const temporaries = () => files().filter((name) => name.endsWith('.tmp'));
const cluster = (...args: (string | number)[]) => run('cluster', 'in.npy', '--clusters', 2, ...args);

describe('an output that cannot be written is found before the work', () => {
  test.each([
    ['missing/out.npy', 'the folder does not exist'],
    ['in.npy/out.npy', 'a part of the path is not a folder'],
    ['folder.npy', 'it is a folder'],
    [`${'x'.repeat(300)}.npy`, 'the name is too long'],
  ])('%s', async (out, why) => {
    if (out === 'folder.npy') mkdir(out);
    const { code, stderr, stdout } = await cluster('--out', out);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe(`coppice: cannot write ${JSON.stringify(out)}: ${why}\n`);
    expect(temporaries()).toEqual([]);
  });

  test('extensions that are unknown', async () => {
    const refused = async (...args: string[]) => {
      const { code, stderr } = await cluster(...args);
      expect(code).toBe(2);
      return stderr;
    };
    expect(await refused('--out', 'labels.txt')).toContain(
      'labels are written as .npy or .csv or .parquet, got "labels.txt"',
    );
    expect(await refused('--linkage', 'Z.csv')).toContain('--linkage must name a .npy file');
  });

  test('outputs that are inputs, or one another', async () => {
    const before = readFileSync(path('in.npy'));
    const self = await cluster('--out', './in.npy');
    expect([self.code, self.stderr]).toEqual([
      2,
      expect.stringContaining('--out ./in.npy is also the input'),
    ]);
    const twice = await cluster('--out', 'a.npy', '--linkage', `${folder}/a.npy`);
    expect([twice.code, twice.stderr]).toEqual([2, expect.stringContaining('--out and --linkage are both')]);
    expect(readFileSync(path('in.npy'))).toEqual(before);
    expect(temporaries()).toEqual([]);
  });

  test.skipIf(process.platform === 'win32')('no permission', async () => {
    fs.mkdirSync(path('locked'), { mode: 0o555 });
    // Root may write everywhere, but not there.
    const out = process.getuid?.() === 0 ? '/sys/out.npy' : 'locked/out.npy';
    const { code, stderr } = await cluster('--out', out);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^coppice: cannot write ".*out\.npy": (permission denied|the file system is read-only)\n$/,
    );
  });

  test.skipIf(process.platform === 'win32')('devices', async () => {
    const { code, stderr } = await cluster('--model', '/dev/null');
    expect([code, stderr]).toEqual([1, 'coppice: cannot write "/dev/null": it is not a regular file\n']);
  });
});

test('work that fails leaves the old output as it was', async () => {
  put('old.npy', 'precious');
  put('bad.csv', `x\n${'1\n2\n'.repeat(500)}oops\n`);
  const { code } = await run('cluster', 'bad.csv', '--clusters', 2, '--out', 'old.npy', '--model', 'new.st');
  expect(code).toBe(1);
  expect(readFileSync(path('old.npy'), 'utf8')).toBe('precious');
  expect(files()).not.toContain('new.st');
  expect(temporaries()).toEqual([]);
});

test('a disk that fills up stops the work, and leaves nothing', async (context) => {
  // A limit on file sizes simulates a full disk: any user may set it.
  if (process.platform === 'win32') context.skip();
  const command = `ulimit -f 8; trap '' XFSZ; exec "${process.execPath}" "${CLI}" cluster long.npy --clusters 2 --stride 5000 --out full.npy`;
  const result = await new Promise<{ code: number | null; stderr: string }>((resolve) => {
    const child = spawn('bash', ['-c', command], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    child.on('close', (code) => resolve({ code, stderr }));
  });
  expect(result).toEqual({
    code: 1,
    stderr: 'coppice: cannot write "full.npy": the file would be larger than is allowed here\n',
  });
  expect(files()).not.toContain('full.npy');
  expect(temporaries()).toEqual([]);
});

describe.skipIf(process.platform === 'win32')('interrupted', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s while rows are labelled', async (signal, expected) => {
    put('kept.npy', 'precious');
    const args = ['cluster', 'long.npy', '--clusters', 2, '--stride', 2500, '--chunk-rows', 8];
    const { child, ended } = start([...args, '--out', 'kept.npy', '--model', 'kept.st'], folder);
    while (temporaries().length < 2) await sleep(10);
    // Until the second pass is on its way, and has written something.
    while (!temporaries().some((name) => name.startsWith('.kept.npy') && fs.statSync(path(name)).size > 0)) {
      if (child.exitCode !== null) throw new Error('it ended before it could be interrupted');
      await sleep(10);
    }
    child.kill(signal);
    const { code, stderr, stdout } = await ended;
    expect([code, stdout, stderr]).toEqual([expected, '', 'coppice: interrupted; no output was written\n']);
    expect(temporaries()).toEqual([]);
    expect(readFileSync(path('kept.npy'), 'utf8')).toBe('precious');
    expect(files()).not.toContain('kept.st');
  });

  test('before the work has begun', async () => {
    const { child, ended } = start(['cluster', 'long.npy', '--clusters', 2, '--out', 'early.npy'], folder);
    while (temporaries().length === 0 && child.exitCode === null) await sleep(5);
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    expect(temporaries()).toEqual([]);
    expect(files()).not.toContain('early.npy');
  });
});

test.skipIf(process.platform === 'win32')(
  'a second signal ends a process that does nothing any more',
  async () => {
    // Something that blocks the thread for ever, right after the first signal.
    const block = "process.once('SIGINT', () => setImmediate(() => { console.error('stuck'); for (;;); }))";
    const args = [
      'cluster',
      'long.npy',
      '--clusters',
      2,
      '--stride',
      2500,
      '--chunk-rows',
      1,
      '--out',
      'stuck.npy',
    ];
    const { child, ended } = start(args, folder, {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(block)}`,
    });
    let said = '';
    child.stderr.on('data', (text) => {
      said += text;
    });
    while (temporaries().length === 0) await sleep(10);
    child.kill('SIGINT');
    while (!said.includes('stuck')) await sleep(10);
    // What was begun is gone already.
    expect(temporaries()).toEqual([]);
    child.kill('SIGINT');
    expect((await ended).signal).toBe('SIGINT');
  },
);

describe('what a killed run has left', () => {
  const { pid, began, place } = thisProcess();
  const left = (mark: string) => put(`.old.npy.${mark}-0123456789ab.coppice.tmp`, 'half');

  test('is removed by the next output in that folder, where its process is dead for certain', async () => {
    const dead = [left(`${2 ** 30}-1-${place}`), left(`${pid}-1${began}-${place}`)];
    const kept = [left(`${pid}-${began}-${place}`), left(`${2 ** 30}-1-0000abcd`), put('.mine.tmp', 'mine')];
    expect((await cluster('--out', 'after.npy')).code).toBe(0);
    expect(files()).toEqual(expect.arrayContaining(kept));
    for (const name of began === '' ? dead.slice(0, 1) : dead) expect(files()).not.toContain(name);
    for (const name of kept) fs.rmSync(path(name));
  });

  test('of a process that is killed with SIGKILL', async () => {
    const args = ['cluster', 'long.npy', '--clusters', 2, '--stride', 2500, '--chunk-rows', 1];
    const { child, ended } = start([...args, '--out', 'killed.npy'], folder);
    while (temporaries().length === 0) await sleep(10);
    child.kill('SIGKILL');
    await ended;
    expect(temporaries()).toHaveLength(1);
    expect((await cluster('--out', 'next.npy')).code).toBe(0);
    expect(temporaries()).toEqual([]);
  });

  describe.skipIf(process.platform === 'win32')('killed with --table, --members and --report', () => {
    const written = (start: string) =>
      temporaries().some((name) => name.startsWith(start) && fs.statSync(path(name)).size > 0);
    test.each([
      ['before any row has a label', () => temporaries().some((name) => name.startsWith('.kept.csv'))],
      ['while rows get labels', () => written('.kept.csv.rows.')],
      [
        'while the table is written',
        () =>
          written('.kept.csv.') &&
          temporaries().some(
            (name) => /^\.kept\.csv\.(?!rows)/.test(name) && fs.statSync(path(name)).size > 0,
          ),
      ],
    ])('%s: nothing is half there, and the next run works', async (_, reached) => {
      put('long.csv', `x,y,text\n${'1,2,"a, b"\n9,8,c\n'.repeat(100_000)}`);
      put('kept.csv', 'precious');
      put('kept.html', 'precious');
      const outputs = ['--table', 'kept.csv', '--report', 'kept.html', '--members', 'kept'];
      const args = ['cluster', 'long.csv', '--clusters', 2, '--sample', 50, '--chunk-rows', 20];
      const { child, ended } = start([...args, ...outputs], folder);
      while (!reached()) {
        if (child.exitCode !== null) throw new Error(`it ended before: ${(await ended).stderr}`);
        await sleep(1);
      }
      child.kill('SIGKILL');
      await ended;
      expect(['kept.csv', 'kept.html'].map((file) => readFileSync(path(file), 'utf8'))).toEqual([
        'precious',
        'precious',
      ]);
      expect(files()).not.toContain('kept');
      put('short.csv', 'x,y\n1,2\n9,8\n1,3\n');
      const next = await run('cluster', 'short.csv', '--clusters', 2, ...outputs);
      expect([next.code, next.stderr]).toEqual([0, '']);
      expect(readFileSync(path('kept.csv'), 'utf8').split('\n')).toHaveLength(5);
      expect(fs.readdirSync(path('kept')).sort()).toEqual(['cluster-1.txt', 'cluster-2.txt']);
      expect(temporaries()).toEqual([]);
      fs.rmSync(path('kept'), { recursive: true });
    });
  });
});

describe.skipIf(process.platform === 'win32')('standard output', () => {
  const shell = (command: string) => {
    const script = command.replaceAll('coppice ', `"${process.execPath}" "${CLI}" `);
    const child = spawnSync('bash', ['-o', 'pipefail', '-c', script], { cwd: folder });
    return { code: child.status, stdout: child.stdout, stderr: child.stderr.toString() };
  };

  test.each(['-', '/dev/stdout'])('%s: the bytes of the file and nothing else', async (name) => {
    expect((await cluster('--out', 'file.csv', '--linkage', 'file-z.npy')).code).toBe(0);
    await cluster('--out', 'file.npy');
    const csv = shell(`coppice cluster in.npy --clusters 2 --out ${name} --model piped.st | cat`);
    expect([csv.code, csv.stdout.toString()]).toEqual([0, readFileSync(path('file.csv'), 'utf8')]);
    expect(csv.stderr).toContain('standard output (');
    expect(files()).toContain('piped.st');
    const npy = shell(`coppice cluster in.npy --clusters 2 --out ${name} --out-format npy --json | cat`);
    expect(npy.stdout).toEqual(readFileSync(path('file.npy')));
    expect(JSON.parse(npy.stderr).outputs.labels).toBe('-');
    const redirected = shell(`coppice cluster in.npy --clusters 2 --linkage ${name} > redirected.npy`);
    expect([redirected.code, redirected.stdout.length]).toEqual([0, 0]);
    expect(readFileSync(path('redirected.npy'))).toEqual(readFileSync(path('file-z.npy')));
    expect(shell(`coppice dendrogram file-z.npy --out ${name} | head -c 4`).stdout.toString()).toBe('<svg');
  });

  test('a reader that leaves early is no failure; two outputs are too many; work that fails writes nothing', () => {
    const early = shell('coppice cluster long.npy --clusters 2 --stride 5000 --out - | head -n 1');
    expect([early.code, early.stdout.toString()]).toEqual([0, 'row,cluster\n']);
    const twice = shell('coppice cluster in.npy --clusters 2 --out - --linkage /dev/stdout');
    expect([twice.code, twice.stdout.length]).toEqual([2, 0]);
    expect(twice.stderr).toBe('coppice: --out and --linkage are both /dev/stdout\n');
    put('late.csv', `x\n${'1\n2\n'.repeat(500)}oops\n`);
    const failed = shell('coppice cluster late.csv --clusters 2 --out -');
    expect([failed.code, failed.stdout.length]).toEqual([1, 0]);
  });

  test('--out-format: for any name, and not without --out', async () => {
    expect((await cluster('--out', 'labels.txt', '--out-format', 'csv')).code).toBe(0);
    expect(readFileSync(path('labels.txt'), 'utf8')).toContain('row,cluster\n');
    const { code, stderr } = await cluster('--out-format', 'csv');
    expect([code, stderr]).toEqual([2, 'coppice: --out-format needs --out\n']);
  });
});

test.skipIf(process.platform === 'win32')('a link stays a link, and a file keeps its mode', async () => {
  put('target.npy', 'old');
  fs.chmodSync(path('target.npy'), 0o640);
  fs.symlinkSync('target.npy', path('link.npy'));
  expect((await cluster('--out', 'link.npy')).code).toBe(0);
  expect(fs.lstatSync(path('link.npy')).isSymbolicLink()).toBe(true);
  expect(fs.statSync(path('target.npy')).mode & 0o777).toBe(0o640);
  expect(readInt32Npy(readFileSync(path('target.npy')))).toHaveLength(200);
});

test.skipIf(process.platform === 'win32')('a reader that leaves early is no failure', async () => {
  const command = `"${process.execPath}" "${CLI}" info in.npy --head 150 | head -n 1; echo "\${PIPESTATUS[0]}"`;
  const text = execFileSync('bash', ['-c', command], { cwd: folder, encoding: 'utf8' });
  expect(text.trim().split('\n').at(-1)).toBe('0');
  const closed = `"${process.execPath}" "${CLI}" cluster in.npy --clusters 2 --out piped.npy 2>&1 >&- | cat`;
  expect(execFileSync('bash', ['-c', closed], { cwd: folder, encoding: 'utf8' })).toBe('');
  expect(readInt32Npy(readFileSync(path('piped.npy')))).toHaveLength(200);
});

test('help goes to stdout, the version too; no command at all is bad usage', async () => {
  const help = await spawned('cluster', '--help');
  expect([help.code, help.stderr]).toEqual([0, '']);
  expect(help.stdout).toContain('Examples:');
  const version = await spawned('--version');
  expect([version.code, version.stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\S*\n$/)]);
  for (const command of ['kmeans', 'assign', 'plan', 'info', 'linkage', 'cut', 'dendrogram']) {
    expect((await run(command, '--help')).stdout).toMatch(/Examples?:\n +\$ coppice /);
  }
  expect((await run('help', 'cluster')).stdout).toBe(help.stdout);
  expect((await spawned()).code).toBe(2);
});
