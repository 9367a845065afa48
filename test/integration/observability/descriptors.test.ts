import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const hog = fileURLToPath(new URL('../../support/server/descriptor-hog.ts', import.meta.url))

test('a process without a file descriptor left says so, once in a while, and counts it', async () => {
  const { stdout } = await promisify(execFile)('sh', ['-c', `ulimit -n 120 && exec "${process.execPath}" "${hog}"`])
  const { lines, seen } = JSON.parse(stdout)
  expect(lines).toEqual([expect.stringContaining('out of file descriptors')])
  expect(seen).toBeGreaterThan(1)
})
