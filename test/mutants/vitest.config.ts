import { defineConfig } from 'vitest/config'
import { mutants } from './rules.ts'

/** One rule of the SDK is off, in memory: `MUTANT` is its place in the list. No file is changed. */
const mutant = mutants[Number(process.env.MUTANT ?? -1)]

const patched = (code: string, id: string): string => {
  const mine = (mutant?.patches ?? []).filter(({ file }) => id.endsWith(`/${file}`))
  return mine.reduce((text, { of, to }) => text.replace(of, () => to), code)
}

export default defineConfig({
  plugins: [{ name: 'mutant', enforce: 'pre', transform: (code, id) => patched(code, id) }],
  test: {
    include: ['test/integration/client/trust/lying-server.test.ts'],
    // What is kept of one mutant would be taken for another, and for the SDK as it is.
    fsModuleCache: false,
    testTimeout: 600_000,
    pool: 'forks',
  },
})
