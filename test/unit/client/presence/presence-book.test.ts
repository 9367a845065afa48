import type { Presence } from '@backscroll/protocol/presence'
import { describe, expect, it } from 'vitest'
import { BackscrollError } from '../../../../packages/client/src/errors/backscroll-error.ts'
import { createPresenceBook } from '../../../../packages/client/src/presence/presence-book.ts'

const presence = (userId: string, online = true): Presence => ({ userId, online, lastSeenAt: null })

const world = () => {
  const timers = new Set<{ readonly at: number; readonly call: () => void }>()
  const asked: string[] = []
  const errors: string[] = []
  let now = 0
  let live = false
  let refusal: BackscrollError | undefined
  let answer = (userIds: readonly string[]) => userIds.map((userId) => presence(userId, false))
  const book = createPresenceBook({
    clock: {
      now: () => now,
      after: (ms, call) => {
        const timer = { at: now + ms, call }
        timers.add(timer)
        return () => timers.delete(timer)
      },
    },
    isLive: () => live,
    ask: async (type, userIds) => {
      asked.push(
        `${type === 'presence_subscribe' ? '+' : '-'}${userIds.length > 5 ? userIds.length : userIds.join(' ')}`,
      )
      if (refusal !== undefined) throw refusal
      return { presences: answer(userIds) }
    },
    onError: ({ code }) => errors.push(code),
  })
  const pass = async (ms: number) => {
    now += ms
    for (const timer of [...timers]) if (timer.at <= now && timers.delete(timer)) timer.call()
    await new Promise(setImmediate)
  }
  return {
    ...{ book, asked, errors, pass },
    connect: async (isLive = true) => {
      live = isLive
      book.connection(isLive)
      await pass(100)
    },
    refuse: (error: BackscrollError | undefined) => {
      refusal = error
    },
    answerWith: (next: typeof answer) => {
      answer = next
    },
  }
}

const nothing = () => {}

describe('the presences that a device watches', () => {
  it('are requested once for any number of views, and released with the last view', async () => {
    const { book, asked, connect, pass } = world()
    await connect()
    const ends = [book.want(['a', 'b'], nothing), book.want(['b', 'c'], nothing)]
    await pass(100)
    expect(asked).toEqual(['+a b c'])
    ends[0]?.()
    await pass(100)
    expect(asked).toEqual(['+a b c', '-a'])
    ends[1]?.()
    ends[1]?.()
    await pass(100)
    expect(asked).toEqual(['+a b c', '-a', '-b c'])
  })

  it('cost no request when a list is replaced by the same one at once', async () => {
    const { book, asked, connect, pass } = world()
    await connect()
    const end = book.want(['a'], nothing)
    await pass(100)
    end()
    book.want(['a'], nothing)
    await pass(1_000)
    expect(asked).toEqual(['+a'])
  })

  it('are requested again over each connection, a hundred at a time', async () => {
    const { book, asked, connect, pass } = world()
    book.want(
      Array.from({ length: 150 }, (_, index) => `user-${index}`),
      nothing,
    )
    await pass(100)
    expect(asked).toEqual([])
    await connect()
    await connect(false)
    expect(book.isCurrent('user-1')).toBe(false)
    await connect()
    expect(asked).toEqual(['+100', '+50', '+100', '+50'])
    expect(book.isCurrent('user-149')).toBe(true)
  })

  it('are passed to the views when they change, and presences of other users are not kept', async () => {
    const { book, connect, pass } = world()
    await connect()
    let calls = 0
    book.want(['a'], () => {
      calls += 1
    })
    await pass(100)
    const before = calls
    book.told([presence('a'), presence('stranger')])
    expect(calls).toBe(before + 1)
    expect([book.of('a').online, book.of('stranger').online]).toEqual([true, false])
  })

  it('are requested later after a temporary error, and given up with an error event after a final one', async () => {
    const { book, asked, errors, connect, pass, refuse } = world()
    await connect()
    refuse(new BackscrollError('rate_limited', { temporary: true, retryAfterMs: 3_000 }))
    const end = book.want(['a'], nothing)
    await pass(100)
    await pass(1_000)
    expect([asked, errors]).toEqual([['+a'], []])
    refuse(undefined)
    await pass(3_000)
    expect(asked).toEqual(['+a', '+a'])
    refuse(new BackscrollError('watch_limit', { temporary: false }))
    book.want(['b'], nothing)
    await pass(100)
    await pass(60_000)
    expect([asked, errors]).toEqual([['+a', '+a', '+b'], ['watch_limit']])
    refuse(undefined)
    end()
    await pass(100)
    await pass(100)
    expect(asked).toEqual(['+a', '+a', '+b', '-a', '+b'])
  })

  it('are not current if the answer arrives after the connection was lost', async () => {
    const { book, connect, pass, answerWith } = world()
    await connect()
    answerWith((userIds) => {
      book.connection(false)
      return userIds.map((userId) => presence(userId))
    })
    book.want(['a'], nothing)
    await pass(100)
    expect([book.isCurrent('a'), book.of('a').online]).toEqual([false, false])
  })
})
