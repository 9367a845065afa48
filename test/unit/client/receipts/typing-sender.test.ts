import { describe, expect, it } from 'vitest'
import { createTypingSender } from '../../../../packages/client/src/receipts/typing-sender.ts'

const world = () => {
  let now = 0
  let connected = true
  const sent: string[] = []
  const sender = createTypingSender(
    () => now,
    (id, typing) => {
      if (connected) sent.push(`${id} ${typing ?? 'nothing'}`)
      return connected
    },
  )
  return {
    ...{ sender, sent },
    pass: (ms: number) => {
      now += ms
    },
    setConnected: (to: boolean) => {
      connected = to
    },
  }
}

describe('Own typing [M6]', () => {
  it('repeats the signal every three seconds, and sends the end once', () => {
    const { sender, sent, pass } = world()
    for (let n = 0; n < 4; n += 1) {
      sender.set('c', true)
      pass(1_500)
    }
    sender.set('c', false)
    sender.set('c', false)
    expect(sent).toEqual(['c typing', 'c typing', 'c nothing'])
  })

  it('does not count a signal as sent if there was no connection', () => {
    const { sender, sent, setConnected } = world()
    setConnected(false)
    sender.set('c', true)
    setConnected(true)
    sender.set('c', true)
    expect(sent).toEqual(['c typing'])
  })

  it('sends a change of activity at once', () => {
    const { sender, sent } = world()
    for (const typing of [true, 'typing', 'recording', 'recording', 'uploading', true, false, false] as const)
      sender.set('c', typing)
    expect(sent).toEqual(['c typing', 'c recording', 'c uploading', 'c typing', 'c nothing'])
  })

  it('sends the signal again over the next connection', () => {
    const { sender, sent } = world()
    sender.set('c', true)
    sender.reset()
    sender.set('c', true)
    expect(sent).toEqual(['c typing', 'c typing'])
  })
})
