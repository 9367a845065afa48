import { describe, expect, it } from 'vitest'
import { createTypingBook } from '../../../../packages/client/src/views/typing-book.ts'

const world = () => {
  const timers = new Set<{ readonly at: number; readonly call: () => void }>()
  let now = 0
  const book = createTypingBook({
    now: () => now,
    after: (ms, call) => {
      const timer = { at: now + ms, call }
      timers.add(timer)
      return () => timers.delete(timer)
    },
  })
  let calls = 0
  book.watch(() => {
    calls += 1
  })
  const said = (userId: string, typing: boolean, activity?: 'recording' | 'uploading') =>
    book.said({ conversationId: 'c', userId, typing, activity })
  return {
    ...{ book, said },
    calls: () => calls,
    pass: (ms: number) => {
      now += ms
      for (const timer of [...timers]) if (timer.at <= now && timers.delete(timer)) timer.call()
    },
  }
}

describe('the typing state [M6]', () => {
  it('lists what each user is doing, in the order in which they began', () => {
    const { book, said } = world()
    said('bob', true, 'recording')
    said('carol', true)
    said('bob', true, 'uploading')
    expect([book.of('c'), book.activitiesOf('c')]).toEqual([
      ['bob', 'carol'],
      ['uploading', 'typing'],
    ])
    said('bob', false)
    expect([book.of('c'), book.activitiesOf('c')]).toEqual([['carol'], ['typing']])
  })

  it('reports a change once, and nothing while it goes on', () => {
    const { said, calls, pass } = world()
    for (let round = 0; round < 5; round += 1) {
      said('bob', true, 'recording')
      pass(3_000)
    }
    expect(calls()).toBe(1)
    said('bob', true)
    expect(calls()).toBe(2)
  })

  it('expires when no signal follows', () => {
    const { book, said, pass, calls } = world()
    said('bob', true, 'recording')
    pass(6_999)
    expect(book.of('c')).toEqual(['bob'])
    pass(1)
    expect([book.of('c'), book.activitiesOf('c'), calls()]).toEqual([[], [], 2])
  })
})
