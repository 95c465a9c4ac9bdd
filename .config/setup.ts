import fc from 'fast-check';

// In CI a property test tries the same examples each time, so that what failed fails again; elsewhere others.
if (process.env.CI) fc.configureGlobal({ seed: 20261121 });
