import { expect, it } from 'vitest'
import { BackscrollError } from '../../../../packages/client/src/errors/backscroll-error.ts'
import { loadMarks } from '../../../../packages/client/src/marks/mark-book.ts'
import { createMarkSender } from '../../../../packages/client/src/marks/mark-sender.ts'

const flush = () => new Promise((resolve) => setImmediate(resolve))

/** A sender whose server answers as told, one answer for each request; then it accepts. */
const open = (...answers: ('accepted' | BackscrollError)[]) => {
  const sent: unknown[] = []
  const errors: unknown[] = []
  const timers: (() => void)[] = []
  const state = { live: false }
  const book = loadMarks(new Map(), () => 0)
  const sender = createMarkSender({
    book,
    requestOf: (id, body) => ({ method: 'PATCH', path: `/marks/${id}`, body }),
    rest: {
      request: async ({ path, body, schema }) => {
        sent.push([path, body])
        const answer = answers.shift() ?? 'accepted'
        if (answer !== 'accepted') throw answer
        return schema.parse({ ok: true })
      },
    },
    write: async () => {},
    isLive: () => state.live,
    clock: {
      now: () => 0,
      after: (_ms, call) => {
        timers.push(call)
        return () => {}
      },
    },
    random: () => 0.5,
    onError: (thrown) => errors.push(thrown),
  })
  return { book, sender, sent, errors, timers, state }
}

it('What was changed without a connection is sent with the next one, only the newest of each mark', async () => {
  const { sender, sent, state } = open()
  const outcomes = [
    sender.change('c', { pinned: true }),
    sender.change('c', { pinned: false, unread: true }),
    sender.change('d', { mutedUntil: 'forever' }),
  ]
  await flush()
  expect(sent).toEqual([])
  state.live = true
  sender.send()
  await Promise.all(outcomes)
  expect(sent).toEqual([
    ['/marks/c', { pinned: false, unread: true }],
    ['/marks/d', { mutedUntil: 'forever' }],
  ])
})

it('A refusal is told to whoever has asked, and undoes the change; others are sent', async () => {
  const refusal = new BackscrollError('mark_limit')
  const { book, sender, sent, errors, state } = open(refusal)
  const outcomes = [sender.change('c', { pinned: true }), sender.change('d', { pinned: true })]
  state.live = true
  sender.send()
  expect(await Promise.allSettled(outcomes)).toMatchObject([
    { status: 'rejected', reason: refusal },
    { status: 'fulfilled' },
  ])
  expect([book.of('c').pinned, book.of('d').pinned, sent.length, errors]).toEqual([false, true, 2, []])
})

it('A change that an earlier process has left, and that is refused, is reported as an error', async () => {
  const { book, sender, errors, state } = open(new BackscrollError('mark_limit'))
  book.wish('c', { pinned: true })
  state.live = true
  sender.send()
  await expect.poll(() => errors).toMatchObject([{ code: 'mark_limit' }])
})

it('A request without an answer is repeated after a pause, as long as there is a connection', async () => {
  const { sender, sent, timers, state } = open(
    new BackscrollError('unavailable', { temporary: true }),
    new BackscrollError('rate_limited', { temporary: true }),
  )
  state.live = true
  const outcome = sender.change('c', { unread: true })
  await expect.poll(() => timers.length).toBe(1)
  timers.shift()?.()
  await expect.poll(() => timers.length).toBe(1)
  state.live = false
  timers.shift()?.()
  await flush()
  expect(sent).toHaveLength(2)
  state.live = true
  sender.send()
  await outcome
  expect(sent).toHaveLength(3)
})
