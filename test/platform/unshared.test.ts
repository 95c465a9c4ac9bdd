/** Platforms without shared memory: the same bits, by one thread on memory of its own, and said once. */
import { describe, expect, test } from 'vitest';
import { expectSameBits, referenceOf, runSuiteIn } from './help.ts';

/** With the cases that are tried; none named are all. */
const PLATFORMS: [name: string, script: string, only?: string][] = [
  ['SharedArrayBuffer is hidden', 'delete globalThis.SharedArrayBuffer;', 'linkage'],
  [
    'shared memory cannot be made',
    `delete globalThis.SharedArrayBuffer;
    const { Memory } = WebAssembly;
    WebAssembly.Memory = class extends Memory {
      constructor(descriptor) {
        if (descriptor.shared) throw new TypeError('shared memory is disabled');
        super(descriptor);
      }
    };`,
  ],
  [
    'the platform knows no shared memory',
    `delete globalThis.SharedArrayBuffer;
    const { Memory } = WebAssembly;
    WebAssembly.Memory = class extends Memory {
      constructor({ initial, maximum }) {
        super({ initial, maximum });
      }
    };`,
    'linkage',
  ],
];

describe.each(PLATFORMS)('%s', (_, script, only) => {
  test('the same bits, by one thread', { timeout: 240_000 }, async () => {
    const preload = `data:text/javascript,${encodeURIComponent(script)}`;
    const result = await runSuiteIn(process.execPath, ['--import', preload], only ? [only] : []);
    if (only) expect(result.digests).toEqual(await referenceOf(only));
    else await expectSameBits(result);
    // Once; what cases warn of otherwise is theirs.
    const said = result.warnings.filter((text) => text.includes('one thread'));
    expect(said).toEqual(['all work is done by one thread: this platform has no shared memory']);
  });
});
