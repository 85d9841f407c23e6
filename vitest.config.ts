import { defineConfig } from 'vitest/config'

/** `npm test`: the unit tests. They need only Node.js, and take less than a minute on two cores. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/**/*.integration.test.ts', 'test/**/*.e2e.test.ts'],
    // Modules hold no mutable state, so the files that a worker runs can share them: importing them again for each
    // file took longer than the tests.
    isolate: false,
    maxWorkers: '100%',
    testTimeout: 60_000,
    hookTimeout: 30_000,
  },
})
