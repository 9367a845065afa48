import type { KafkaMessage } from 'kafkajs'
import type { SliceSource } from '../../event-log/bus/partition-hold.ts'
import type { BusSlice } from '../../ports/event-bus.ts'
import { type Piece, readMessage } from './bus-messages.ts'

/** The messages of one partition that have arrived and were not taken yet. */
export interface PartitionQueue extends SliceSource {
  add(messages: readonly KafkaMessage[]): void
  /** The offset after the last message that was added. */
  end(): bigint
  /** The offset after the last message that was taken, or that nobody can read: the group's offset. */
  place(): bigint
  /** The size of the waiting messages. */
  bytes(): number
}

const mostEvents = 500

const sizeOf = ({ value }: KafkaMessage): number => (value?.length ?? 0) + 100

/** `onUnreadable` gets each message that is passed over; the slice after it shows the gap. */
export const createPartitionQueue = (
  partition: number,
  start: bigint,
  onUnreadable: (error: Error) => void,
): PartitionQueue => {
  let waiting: readonly KafkaMessage[] = []
  let bytes = 0
  let end = start
  let place = start
  let next: { readonly slice: BusSlice; readonly messages: number } | undefined

  const drop = (count: number): void => {
    const gone = waiting.slice(0, count)
    waiting = waiting.slice(count)
    const last = gone.at(-1)
    if (last !== undefined) place = BigInt(last.offset) + 1n
    bytes -= gone.reduce((sum, message) => sum + sizeOf(message), 0)
  }

  const read = (message: KafkaMessage): Piece | Error => {
    try {
      return readMessage(message)
    } catch (error) {
      return new Error(`Message ${message.offset} of partition ${partition} cannot be read`, { cause: error })
    }
  }

  const firstReadable = (): Piece | undefined => {
    for (;;) {
      const [message] = waiting
      if (message === undefined) return undefined
      const piece = read(message)
      if (!(piece instanceof Error)) return piece
      drop(1)
      onUnreadable(piece)
    }
  }

  /** Messages that follow each other without a gap become one slice. */
  const cut = (): typeof next => {
    const first = firstReadable()
    if (first === undefined) return undefined
    const pieces = [first]
    let upTo = first.upTo
    for (const message of waiting.slice(1, mostEvents)) {
      const piece = read(message)
      if (piece instanceof Error || piece.after !== upTo) break
      pieces.push(piece)
      upTo = piece.upTo
    }
    const events = pieces.flatMap(({ event }) => (event === undefined ? [] : [event]))
    return { slice: { partition, after: first.after, upTo, events }, messages: pieces.length }
  }

  return {
    add: (messages) => {
      waiting = [...waiting, ...messages]
      bytes += messages.reduce((sum, message) => sum + sizeOf(message), 0)
      const last = messages.at(-1)
      if (last !== undefined) end = BigInt(last.offset) + 1n
    },
    next: () => {
      next ??= cut()
      return next?.slice
    },
    taken: () => {
      drop(next?.messages ?? 0)
      next = undefined
    },
    end: () => end,
    place: () => place,
    bytes: () => bytes,
  }
}
