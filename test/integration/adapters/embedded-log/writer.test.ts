import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { createGroupCommit } from '../../../../src/adapters/embedded/log/writing/group-commit.ts'
import { logEvent } from '../../../support/event-log/events.ts'

const unavailable = { name: 'LogError', code: 'log_unavailable' }
const nothing = () => {}

/** A real thread that dies as the given code says when the first batch arrives. */
const dyingWriter = (death: string) =>
  new Worker(`require('node:worker_threads').parentPort.on('message', () => { ${death} })`, { eval: true })

describe('the writer of the embedded log', () => {
  it.each([
    ['throws', `throw new Error('broken')`],
    ['exits', 'process.exit(3)'],
  ])('that %s rejects what is in flight, what waits and what comes later', async (_, death) => {
    const commits = createGroupCommit(dyingWriter(death), nothing, nothing)
    const inFlight = commits.append('a', [logEvent('x')], 'no_stream')
    const waiting = new Promise((resolve) => setImmediate(resolve)).then(() =>
      commits.append('a', [logEvent('y')], 'no_stream'),
    )
    await expect(inFlight).rejects.toMatchObject(unavailable)
    await expect(waiting).rejects.toMatchObject(unavailable)
    await expect(commits.append('a', [logEvent('z')], 'no_stream')).rejects.toMatchObject(unavailable)
    await expect(commits.save({ stream: 'a', revision: 0, version: 1, state: '{}' })).rejects.toMatchObject(unavailable)
    expect(commits.healthy()).toBe(false)
    await commits.close()
  })
})
