import { z } from 'zod'
import { maxLogs } from '../positions.ts'
import { slotOf, slots } from './stream-slots.ts'

/**
 * Which of several logs a stream is in: its slot, a hash that never changes, leads there through this map. Each log
 * holds a copy, which also says which one of them it is. Slots move only when everything is migrated.
 */
export interface SlotMap {
  readonly version: number
  /** The same in all logs of a set, and in no other set. */
  readonly set: string
  /** Number of logs. */
  readonly logs: number
  /** For each log, by index, the ranges of slots that it owns: first and last. */
  readonly ranges: readonly (readonly (readonly [number, number])[])[]
}

export interface LogSlots {
  readonly map: SlotMap
  /** The index of the log that holds this copy. */
  readonly index: number
}

const slot = z
  .int()
  .min(0)
  .max(slots - 1)
const schema = z.object({
  version: z.int().min(1),
  set: z.string().min(1).max(64),
  logs: z.int().min(2).max(maxLogs),
  index: z
    .int()
    .min(0)
    .max(maxLogs - 1),
  ranges: z.array(z.array(z.tuple([slot, slot]))),
})

/** The first map: even shares. */
export const evenSlotMap = (set: string, logs: number): SlotMap => ({
  version: 1,
  set,
  logs,
  ranges: Array.from({ length: logs }, (_, index) => [
    [Math.floor((slots * index) / logs), Math.floor((slots * (index + 1)) / logs) - 1],
  ]),
})

export const encodeLogSlots = ({ map, index }: LogSlots): string => JSON.stringify({ ...map, index })

/** Undefined for anything that is not a copy of a map. */
export const decodeLogSlots = (text: string): LogSlots | undefined => {
  try {
    const { index, ...map } = schema.parse(JSON.parse(text))
    return { map, index }
  } catch {
    return undefined
  }
}

/** The owner of each slot; undefined when a slot has none or two. */
export const ownersOf = ({ ranges, logs }: SlotMap): Uint8Array | undefined => {
  if (ranges.length !== logs) return undefined
  const owners = new Uint8Array(slots).fill(maxLogs)
  for (const [index, own] of ranges.entries()) {
    for (const [first, last] of own) {
      for (let slot = first; slot <= last; slot += 1) {
        if (owners[slot] !== maxLogs) return undefined
        owners[slot] = index
      }
    }
  }
  return owners.includes(maxLogs) ? undefined : owners
}

/** Answers the index of the log that a stream is in. `owners` as `ownersOf` makes them. */
export const createLogOf =
  (owners: Uint8Array) =>
  (stream: string): number =>
    owners[slotOf(stream)] ?? 0
