import type { RawData } from 'ws'
import { seededPlace } from '../seed/conversation-seed.ts'
import { createSealer } from './ciphertext.ts'
import { connectFrame, messageFrame } from './frames.ts'
import { hangUp, openSocket } from './open-socket.ts'
import { createReceipts } from './receipts.ts'

/** A device of a big group. It counts what arrives without parsing it, so that one core can play 1,000 of them. */
export interface Watcher {
  delivered(): number
  send(): void
  /** Messages of its own that are not acknowledged yet. */
  unacknowledged(): number
  close(): void
}

export interface WatcherOptions {
  readonly url: string
  readonly token: string
  readonly conversationId: string
  onAcknowledged(watcher: Watcher): void
}

const message = Buffer.from('"type":"MessageSent"')
const seqField = Buffer.from('"seq":')
const reply = Buffer.from('{"type":"reply"')

const occurrences = (frame: Buffer, text: Buffer): number => {
  let count = 0
  for (let at = frame.indexOf(text); at >= 0; at = frame.indexOf(text, at + text.length)) count += 1
  return count
}

const lastSeq = (frame: Buffer, field: Buffer): number => {
  const at = frame.lastIndexOf(field) + field.length
  return Number.parseInt(frame.toString('latin1', at, at + 16), 10)
}

const startsWith = (frame: Buffer, text: Buffer): boolean => text.equals(frame.subarray(0, text.length))

export const openWatcher = async ({ url, token, conversationId, onAcknowledged }: WatcherOptions): Promise<Watcher> => {
  const socket = await openSocket(url, token)
  const seal = createSealer(conversationId, seededPlace.epoch)
  const receipts = createReceipts((frame) => socket.send(frame))
  let [delivered, sent, acknowledged] = [0, 0, -1]
  const ready = Promise.withResolvers<void>()

  const replied = (): void => {
    // The first reply is the one to connect.
    acknowledged += 1
    if (acknowledged === 0) ready.resolve()
    else onAcknowledged(watcher)
  }

  const receive = (frame: Buffer): void => {
    if (startsWith(frame, reply)) return replied()
    const count = occurrences(frame, message)
    if (count > 0) receipts.delivered(conversationId, lastSeq(frame, seqField))
    else if (frame.includes('"type":"error"')) throw new Error(String(frame))
    delivered += count
  }

  const watcher: Watcher = {
    delivered: () => delivered,
    send: () => {
      sent += 1
      socket.send(messageFrame(sent + 1, conversationId, sent, seal()))
    },
    unacknowledged: () => sent - acknowledged,
    close: () => {
      receipts.stop()
      hangUp(socket)
    },
  }
  socket.on('message', (data: RawData) => {
    if (Buffer.isBuffer(data)) receive(data)
  })
  socket.send(connectFrame('phone'))
  await ready.promise
  return watcher
}
