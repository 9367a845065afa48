import { fileURLToPath } from 'node:url'
import { configDefaults, defineConfig } from 'vitest/config'

/** Each of them starts a cluster of processes over all engines, and tells how long it takes to be well again. */
const clusters = ['test/e2e/cluster/**/*.test.ts', 'test/chaos/cluster/**/*.test.ts']

/** What the processes and threads of the tests compile is kept: starting a server costs a third less. */
const compileCache = fileURLToPath(new URL('./node_modules/.cache/compile', import.meta.url))

const common = {
  env: { NODE_COMPILE_CACHE: compileCache },
  environment: 'node',
  pool: 'forks',
  setupFiles: './test/support/api/watch-own-answers.ts',
  testTimeout: 30_000,
  hookTimeout: 30_000,
} as const

export default defineConfig({
  test: {
    reporters: ['default', './test/support/report/summary-reporter.ts'],
    projects: [
      {
        test: {
          ...common,
          name: 'tests',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...clusters],
          // Two at a time: the suites start real servers and worker threads of their own.
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        // After all others, one at a time.
        test: { ...common, name: 'clusters', include: clusters, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
})
