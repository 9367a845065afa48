import { expect, it } from 'vitest'
import { createMemoryChannels, createMemoryChannelsHub } from '../../../src/adapters/memory/channels.ts'
import { createMemoryLeaseHub } from '../../../src/adapters/memory/lease-hub.ts'
import { createMemoryRegistry } from '../../../src/adapters/memory/session-registry.ts'
import { createGatewayLink } from '../../../src/processes/live/gateway-link.ts'
import { gatewayChannel } from '../../../src/processes/messages/channel-names.ts'
import { decodeGatewayMessage, encodeGatewayMessage } from '../../../src/processes/messages/live-frame.ts'

const receipt = (delivered: number) => ({ conversationId: 'one', userId: 'bob', deviceId: 'phone', delivered, at: 1 })

const frame = (after: bigint, upTo: bigint, delivered: number) =>
  encodeGatewayMessage({
    ...{ kind: 'live', partition: 0, after, upTo, deltas: [] },
    receipts: [{ conversationId: 'one', position: upTo, audience: ['ann'], receipts: [receipt(delivered)] }],
  })

it('tells no receipt that it told before, when a partition that changes hands is told once more', async () => {
  const channels = createMemoryChannels(createMemoryChannelsHub(), () => {})
  const link = createGatewayLink({
    ...{ gatewayId: 'g', partitioning: { logs: 1, partitions: 1 }, channels },
    registry: createMemoryRegistry(createMemoryLeaseHub()),
    onError: (error) => {
      throw error
    },
  })
  const told: (number | undefined)[] = []
  const nothing = (): void => {}
  await link.attach({
    ...{ lost: nothing, pass: nothing, replaced: nothing, revoke: nothing },
    sink: {
      events: nothing,
      receipts: (deltas) => told.push(...deltas.flatMap(({ receipts }) => receipts.map(({ delivered }) => delivered))),
    },
  })
  for (const text of [frame(0n, 5n, 499), frame(5n, 9n, 604), frame(0n, 5n, 499), frame(9n, 12n, 610)])
    await channels.publish(gatewayChannel('g'), text)
  await expect.poll(() => told.at(-1)).toBe(610)
  expect(told).toEqual([499, 604, 610])
  await link.close()
  await channels.close()
})

it('understands receipts of a process of an earlier version, which says no position', () => {
  const plain = { kind: 'live', partition: 0, after: '0', upTo: '7', deltas: [] }
  const old = { ...plain, receipts: [{ conversationId: 'one', audience: ['ann'], receipts: [receipt(3)] }] }
  expect(decodeGatewayMessage(JSON.stringify(old))).toMatchObject({ receipts: [{ position: 7n }] })
})
