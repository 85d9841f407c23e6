import { defineConfig } from 'vitest/config'

/** `npm run test:integration`: long tests, and those that start processes or wait for real time. They need only Node.js. */
export default defineConfig({
  test: {
    include: ['test/**/*.integration.test.ts'],
    typecheck: { enabled: true, include: ['test/**/*.test-d.ts'], tsconfig: './tsconfig.json' },
    maxWorkers: '100%',
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
