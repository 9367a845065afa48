import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EmbeddedLog } from '../../../../src/adapters/embedded/log/embedded-log.ts'
import { openEmbeddedLog } from '../../../../src/adapters/embedded/log/embedded-log.ts'
import { openEmbeddedLogReader } from '../../../../src/adapters/embedded/log/reading/log-reader.ts'
import { appendAtEnd } from '../../../support/event-log/append-at-end.ts'
import { collect } from '../../../support/event-log/collector.ts'
import { temporaryDirectory } from '../../../support/event-log/directory.ts'
import { logEvent, logEvents } from '../../../support/event-log/events.ts'

describe('a second reader of the embedded log', () => {
  let directory: ReturnType<typeof temporaryDirectory>
  let log: EmbeddedLog
  beforeEach(async () => {
    directory = temporaryDirectory()
    log = await openEmbeddedLog({ directory: directory.path })
  })
  afterEach(async () => {
    await log.close()
    directory.remove()
  })

  it('sees the same log through a connection of its own', async () => {
    await log.append('a', [logEvent('x'), logEvent('y', { target: 0 })], 'no_stream')
    const reader = openEmbeddedLogReader({ directory: directory.path })
    expect(reader.epoch).toBe(log.epoch)
    expect(await reader.head()).toBe(2n)
    expect(await reader.readAll(0n, 10)).toEqual(await log.readAll(0n, 10))
    expect(await reader.readStream({ stream: 'a', limit: 9 })).toEqual(await log.readStream({ stream: 'a', limit: 9 }))
    await reader.close()
  })

  it('is woken by the heads of the writing side, and misses and repeats nothing [P4]', async () => {
    await log.append('a', logEvents('old', 10), 'no_stream')
    const reader = openEmbeddedLogReader({ directory: directory.path })
    const stop = log.onHead((head) => setImmediate(() => reader.signal(head)))
    const collected = collect(reader, 0n, { batchSize: 7 })
    for (let round = 0; round < 30; round++) {
      await Promise.all(logEvents(`${round}/`, 10).map((event, index) => appendAtEnd(log, `s${index}`, [event])))
    }
    await collected.reached(310)
    expect(collected.events).toEqual(await log.readAll(0n, 1000))
    stop()
    await reader.close()
    await collected.done
  })

  it('refuses reads once it is closed', async () => {
    const reader = openEmbeddedLogReader({ directory: directory.path })
    await reader.close()
    await expect(reader.readAll(0n, 1)).rejects.toMatchObject({ name: 'LogError', code: 'log_unavailable' })
  })

  it('tells the head once for each commit, after its appends have resolved', async () => {
    const order: string[] = []
    log.onHead((head) => order.push(`head ${head}`))
    await appendAtEnd(log, 'a', logEvents('x', 3)).then(() => order.push('appended'))
    await appendAtEnd(log, 'a', logEvents('y', 3)).then(() => order.push('appended'))
    while (order.length < 4) await new Promise((resolve) => setImmediate(resolve))
    expect(order).toEqual(['appended', 'head 3', 'appended', 'head 6'])
  })
})
