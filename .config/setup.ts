import fc from 'fast-check';

// In CI a property test always tries the same examples, so that a failure can be repeated; elsewhere it tries new ones.
if (process.env.CI) fc.configureGlobal({ seed: 20261121 });
