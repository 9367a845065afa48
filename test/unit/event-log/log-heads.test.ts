import { describe, expect, it } from 'vitest'
import { createLogHeads } from '../../../src/event-log/routing/log-heads.ts'
import { LogError } from '../../../src/ports/errors/log-error.ts'

/** A log that answers when it is told to. */
const createAnswering = () => {
  const asked: PromiseWithResolvers<bigint>[] = []
  return {
    asked,
    head: () => {
      const answer = Promise.withResolvers<bigint>()
      asked.push(answer)
      return answer.promise
    },
  }
}

const steady = (position: bigint) => ({ head: async () => position })

describe('the heads of several logs', () => {
  it('go on without a log that does not answer, do not wait for it twice, and have it again as soon as it answers', async () => {
    const slow = createAnswering()
    const heads = createLogHeads([steady(1n), slow], 30)
    expect(await heads.read()).toEqual([1n, undefined])
    expect(heads.silent()).toEqual([1])
    expect(await heads.read()).toEqual([1n, undefined])
    for (const answer of slow.asked) answer.resolve(9n)
    await expect.poll(() => heads.silent()).toEqual([])
    const reading = heads.read()
    slow.asked.at(-1)?.resolve(10n)
    expect(await reading).toEqual([1n, 10n])
  })

  it('take a log for silent that refuses', async () => {
    const heads = createLogHeads([steady(1n), { head: () => Promise.reject(new Error('gone')) }], 1_000)
    expect(await heads.read()).toEqual([1n, undefined])
    expect(heads.silent()).toEqual([1])
  })

  it('reject when no log answers', async () => {
    const gone = { head: () => Promise.reject(new Error('gone')) }
    await expect(createLogHeads([gone, gone], 1_000).read()).rejects.toBeInstanceOf(LogError)
  })

  it('are there at once when one is back that was silent, and all others have gone', async () => {
    const away = [false, true]
    const logs = away.map((_, log) => ({
      head: () => (away[log] ? Promise.reject(new Error('gone')) : Promise.resolve(7n)),
    }))
    const heads = createLogHeads(logs, 1_000)
    expect(await heads.read()).toEqual([7n, undefined])
    away.splice(0, 2, true, false)
    expect(await heads.read()).toEqual([undefined, 7n])
    away.splice(0, 2, true, true)
    await expect(heads.read()).rejects.toBeInstanceOf(LogError)
    away.splice(0, 2, false, true)
    expect(await heads.read()).toEqual([7n, undefined])
  })
})
