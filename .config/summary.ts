import type { Reporter, TestModule } from 'vitest/node';

/**
 * The summary of a test run: names of the skipped tests, and the counts on a line of their own.
 * With COPPICE_REQUIRE_ALL set (as CI does), a skipped test is a failure.
 */
export default class Summary implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>): void {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    const skipped = new Set<string>();
    let broken = 0;
    for (const module of modules) {
      let own = 0;
      for (const test of module.children.allTests()) {
        own++;
        const { state } = test.result();
        if (state === 'passed') counts.passed++;
        else if (state === 'failed') counts.failed++;
        else {
          counts.skipped++;
          skipped.add(test.parent.type === 'suite' ? test.parent.fullName : test.fullName);
        }
      }
      // A file that could not be loaded has no tests to count.
      if (module.state() === 'failed' && own === 0) broken++;
    }
    for (const name of skipped) console.log(`skipped: ${name}`);
    if (counts.skipped > 0 && process.env.COPPICE_REQUIRE_ALL) {
      console.log('COPPICE_REQUIRE_ALL is set: a skipped test counts as failed');
      process.exitCode = 1;
    }
    console.log(`${counts.passed} passed, ${counts.failed + broken} failed, ${counts.skipped} skipped`);
  }
}
