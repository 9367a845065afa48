import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { createMetrics } from '../../../src/observability/metrics.ts'

test('docs/operations.md lists every metric, with its type and what it says', async () => {
  const text = await readFile(new URL('../../../docs/operations.md', import.meta.url), 'utf8')
  const documented = [...text.matchAll(/^\| `(backscroll_\w+)` \| (\w+) \| [^|]*\| (.+) \|$/gm)].map(
    ([, name, type, help]) => ({ name, type, help }),
  )
  const all = await createMetrics().registry.getMetricsAsJSON()
  const own = all.filter(({ name }) => name.startsWith('backscroll_'))
  expect(documented).toEqual(own.map(({ name, type, help }) => ({ name, type, help })))
})
