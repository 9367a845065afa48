import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openEmbeddedLog } from '../../../../src/adapters/embedded/log/embedded-log.ts'
import { renewEpoch } from '../../../../src/adapters/embedded/log/renew-epoch.ts'
import type { RecordedEvent } from '../../../../src/ports/event-log.ts'
import { appendAtEnd } from '../../../support/event-log/append-at-end.ts'
import { temporaryDirectory } from '../../../support/event-log/directory.ts'
import { logEvent } from '../../../support/event-log/events.ts'

const appender = new URL('../../../support/event-log/appender.ts', import.meta.url).pathname

/** Runs an appender until it has acknowledged `count` appends, kills it in the middle of the next ones, returns all it acknowledged. */
const killAfter = async (directory: string, name: string, count: number): Promise<string[]> => {
  const child = spawn(process.execPath, [appender, directory, name], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const acknowledged: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(line)
    if (acknowledged.length === count) child.kill('SIGKILL')
  }
  await exited
  return acknowledged
}

const countByAppend = (events: readonly RecordedEvent[]): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const { id } of events) {
    const append = id.slice(0, id.lastIndexOf('/') + 1)
    counts.set(append, (counts.get(append) ?? 0) + 1)
  }
  return counts
}

/** No append is torn, no stream has a hole. */
const expectWhole = (events: readonly RecordedEvent[]): void => {
  expect([...countByAppend(events).values()].every((stored) => stored === 3)).toBe(true)
  for (let stream = 0; stream < 5; stream++) {
    const revisions = events.filter((event) => event.stream === `stream-${stream}`).map(({ revision }) => revision)
    expect(revisions).toEqual(revisions.map((_, index) => index))
  }
}

const isRefused = async (directory: string): Promise<boolean> => {
  try {
    await (await openEmbeddedLog({ directory })).close()
    return false
  } catch (error) {
    expect(String(error)).toMatch(/ends at position \d+, and events.head knows position \d+.*backscroll log repair/)
    return true
  }
}

describe('the embedded log after kill -9', () => {
  let directory: ReturnType<typeof temporaryDirectory>
  beforeAll(() => {
    directory = temporaryDirectory()
  })
  afterAll(() => directory.remove())

  it.each([
    ['early', 1],
    ['a little later', 57],
    ['in full flight', 1500],
  ])('has every acknowledged event and no torn append, killed %s [P1]', async (name, count) => {
    const acknowledged = await killAfter(directory.path, name, count)
    // That this opens shows that the lock went with the process.
    const log = await openEmbeddedLog({ directory: directory.path })
    const events = await log.readAll(0n, 1_000_000)
    const counts = countByAppend(events)
    expectWhole(events)
    expect(acknowledged.length).toBeGreaterThanOrEqual(count)
    expect(acknowledged.filter((append) => counts.get(append) !== 3)).toEqual([])
    await log.close()
  })

  it.each([1, 700, 5000, 150_000])(
    'refuses to start without acknowledged events when the last %i bytes are gone, and has whole appends only [P1]',
    async (bytes) => {
      const own = temporaryDirectory()
      const acknowledged = await killAfter(own.path, 'torn', 300)
      const [wal = ''] = readdirSync(own.path).filter((name) => name.endsWith('-wal'))
      const path = join(own.path, wal)
      truncateSync(path, Math.max(0, statSync(path).size - bytes))
      const refused = await isRefused(own.path)
      if (refused) renewEpoch(own.path)
      const log = await openEmbeddedLog({ directory: own.path })
      const events = await log.readAll(0n, 1_000_000)
      expectWhole(events)
      const counts = countByAppend(events)
      const lost = acknowledged.filter((append) => counts.get(append) !== 3)
      // What was cut off may have been on its way only.
      if (!refused) expect(lost).toEqual([])
      // More than a batch that was on its way when the process was killed.
      if (bytes > 100_000) expect(refused).toBe(true)
      await appendAtEnd(log, 'stream-0', [logEvent('next')])
      await log.close()
      own.remove()
    },
  )
})
