import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { endThread } from '../../../src/runtime/end-thread.ts'

const terminate = vi.spyOn(Worker.prototype, 'terminate')
afterEach(() => terminate.mockClear())

const threadThat = (onMessage: string): Worker =>
  new Worker(
    `const { parentPort } = require('node:worker_threads'); parentPort.on('message', (said) => { ${onMessage} })`,
    {
      eval: true,
    },
  )

describe('a thread that is told to end', () => {
  it('ends by itself, also when it has only just begun', async () => {
    const thread = threadThat(`if (said === 'stop') parentPort.close()`)
    await endThread(thread, 'stop')
    expect(thread.threadId).toBe(-1)
    expect(terminate).not.toHaveBeenCalled()
  })

  it('is terminated when it does not listen', async () => {
    const thread = threadThat('')
    await endThread(thread, 'stop', 50)
    expect(thread.threadId).toBe(-1)
    expect(terminate).toHaveBeenCalledOnce()
  })

  it('is waited for when it ends with an error', async () => {
    const thread = threadThat(`throw new Error('no end')`)
    thread.on('error', () => {})
    await endThread(thread, 'stop')
    expect(terminate).not.toHaveBeenCalled()
  })

  it('may have ended before', async () => {
    const thread = threadThat('parentPort.close()')
    await endThread(thread, 'stop')
    await endThread(thread, 'stop')
    expect(terminate).not.toHaveBeenCalled()
  })
})
