import { expect, test } from 'vitest'
import { createLiveSender } from '../../../src/processes/live/live-sender.ts'
import { decodeGatewayMessage } from '../../../src/processes/messages/live-frame.ts'

const open = (gateways: readonly string[]) => {
  const sent: { readonly channel: string; readonly after: bigint; readonly upTo: bigint }[] = []
  const sender = createLiveSender({
    partition: 3,
    from: 70n,
    gateways,
    registry: { gatewaysOf: async () => new Map() },
    channels: {
      publish: async (channel, text) => {
        const message = decodeGatewayMessage(text)
        if (message.kind === 'live') sent.push({ channel, after: message.after, upTo: message.upTo })
      },
    },
    onError: (error) => {
      throw error
    },
  })
  return { sender, sent }
}

test('a gateway that was there first hears of the partition although nothing happens, and once', async () => {
  const { sender, sent } = open(['one'])
  await sender.mark(70n, ['one'])
  await sender.mark(70n, ['one'])
  expect(sent).toEqual([{ channel: expect.stringContaining('one'), after: 70n, upTo: 70n }])
})

test('a gateway that comes later hears of it as well, and the first one of what moved meanwhile', async () => {
  const { sender, sent } = open(['one'])
  await sender.send(90n, [], [])
  await sender.mark(90n, ['one', 'two'])
  expect(sent).toEqual([
    { channel: expect.stringContaining('one'), after: 70n, upTo: 90n },
    { channel: expect.stringContaining('two'), after: 90n, upTo: 90n },
  ])
})
