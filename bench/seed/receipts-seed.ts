import { encodeReceiptsEvent } from '../../src/codec/receipts-codec.ts'
import { deviceId, userId } from '../../src/domain/ids.ts'
import { receiptsStream } from '../../src/domain/stream-names.ts'
import type { EventLog } from '../../src/ports/event-log.ts'
import { seededId } from './conversation-seed.ts'

/** One receipts event a conversation: `user` has got everything up to `seq`. */
export const addReceipts = async (log: EventLog, conversations: number, user: string, seq: number): Promise<void> => {
  const entries = [{ userId: userId(user), deviceId: deviceId('phone'), delivered: seq }]
  const event = encodeReceiptsEvent(
    { type: 'ReceiptsAdvanced', at: Date.UTC(2026, 0, 2), data: { entries } },
    `seed/${seq}`,
  )
  const streams = Array.from({ length: conversations }, (_, index) => receiptsStream(seededId(index)))
  await Promise.all(streams.map((stream) => log.append(stream, [event], 'no_stream')))
}
