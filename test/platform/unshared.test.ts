/** Platforms without shared memory: the same bits, by one thread on memory of its own, and said once. */
import { describe, expect, test } from 'vitest';
import { expectSameBits, runSuiteIn } from './help.ts';

const PLATFORMS: [name: string, script: string][] = [
  ['SharedArrayBuffer is hidden', 'delete globalThis.SharedArrayBuffer;'],
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
  ],
];

describe.each(PLATFORMS)('%s', (_, script) => {
  test('the same bits, by one thread', { timeout: 240_000 }, async () => {
    const preload = `data:text/javascript,${encodeURIComponent(script)}`;
    const result = await runSuiteIn(process.execPath, ['--import', preload]);
    await expectSameBits(result);
    expect(result.warnings).toEqual(['all work is done by one thread: this platform has no shared memory']);
  });
});
