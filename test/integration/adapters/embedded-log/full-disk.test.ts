import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openEmbeddedLog } from '../../../../src/adapters/embedded/log/embedded-log.ts'
import type { EventLog } from '../../../../src/ports/event-log.ts'
import { appendAtEnd } from '../../../support/event-log/append-at-end.ts'
import { temporaryDirectory } from '../../../support/event-log/directory.ts'
import { idsOf, logEvent } from '../../../support/event-log/events.ts'

const body = 'b'.repeat(4000)
const logFull = expect.objectContaining({ name: 'LogError', code: 'log_full' })

/** Appends two events at a time until the log is full; returns the ids that were acknowledged. */
const fill = async (log: EventLog): Promise<string[]> => {
  const acknowledged: string[] = []
  for (let index = 0; index < 10_000; index++) {
    const pair = [logEvent(`${index}/0`, { body }), logEvent(`${index}/1`, { body })]
    const error = await appendAtEnd(log, 'a', pair).catch((reason: unknown) => reason)
    if (error instanceof Error) {
      expect(error).toEqual(logFull)
      return acknowledged
    }
    acknowledged.push(`${index}/0`, `${index}/1`)
  }
  throw new Error('The log never filled')
}

describe('the embedded log on a full disk', () => {
  let directory: ReturnType<typeof temporaryDirectory>
  beforeEach(() => {
    directory = temporaryDirectory()
  })
  afterEach(() => directory.remove())

  it('rejects the append with log_full, keeps what was there, and takes up again when there is room [P1]', async () => {
    const log = await openEmbeddedLog({ directory: directory.path, maxBytes: 512 * 1024 })
    const acknowledged = await fill(log)
    expect(idsOf(await log.readAll(0n, 10_000))).toEqual(acknowledged)
    expect(await log.head()).toBe(BigInt(acknowledged.length))
    await log.close()

    const roomier = await openEmbeddedLog({ directory: directory.path, maxBytes: 1024 * 1024 })
    const next = await roomier.append('a', [logEvent('next', { body })], acknowledged.length - 1)
    expect(next.firstRevision).toBe(acknowledged.length)
    expect(idsOf(await roomier.readAll(0n, 10_000))).toEqual([...acknowledged, 'next'])
    await roomier.close()
  })

  it('rejects every append of the batch and forgets what they had claimed', async () => {
    const log = await openEmbeddedLog({ directory: directory.path, maxBytes: 512 * 1024 })
    await log.append('a', [logEvent('first')], 'no_stream')
    const large = Array.from({ length: 200 }, (_, index) => logEvent(`large${index}`, { body }))
    const batch = [log.append('a', [logEvent('small')], 0), log.append('b', large, 'no_stream')]
    expect(await Promise.allSettled(batch)).toEqual(batch.map(() => ({ status: 'rejected', reason: logFull })))
    expect((await log.append('a', [logEvent('small')], 0)).position).toBe(2n)
    expect((await log.append('b', [logEvent('small')], 'no_stream')).position).toBe(3n)
    await log.close()
  })

  it('goes on in the same process when somebody makes room on a small file system', async (context) => {
    const unmount = mountSmall(directory.path)
    if (unmount === undefined) return context.skip('mounting a tmpfs needs root and the right to mount')
    try {
      const ballast = join(directory.path, 'ballast')
      writeFileSync(ballast, Buffer.alloc(2 * 1024 * 1024))
      const log = await openEmbeddedLog({ directory: directory.path })
      const acknowledged = await fill(log)
      await expect(
        log.append('a', [logEvent('lost', { body: body.repeat(50) })], acknowledged.length - 1),
      ).rejects.toEqual(logFull)
      rmSync(ballast)
      await log.append('a', [logEvent('next', { body })], acknowledged.length - 1)
      await log.close()
      const again = await openEmbeddedLog({ directory: directory.path })
      expect(idsOf(await again.readAll(0n, 10_000))).toEqual([...acknowledged, 'next'])
      await again.close()
    } finally {
      unmount()
    }
  })
})

const mountSmall = (path: string): (() => void) | undefined => {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', path], { stdio: 'ignore' })
    return () => execFileSync('umount', [path])
  } catch {
    return undefined
  }
}
