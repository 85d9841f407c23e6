import { defineConfig } from 'vitest/config'

/** Tests that need real programs: Debian's prometheus and prometheus-alertmanager (.ci/run installs them). */
export default defineConfig({
  test: {
    include: ['test/**/*.e2e.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    fileParallelism: false,
  },
})
