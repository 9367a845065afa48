import { randomUUID } from 'node:crypto'
import { OperatorError } from '../../ports/errors/operator-error.ts'
import { bandSize } from '../positions.ts'
import { decodeLogSlots, encodeLogSlots, evenSlotMap, type LogSlots, ownersOf, type SlotMap } from './slot-map.ts'

/** The part of a log that this needs. */
export interface SlottedLog {
  head(): Promise<bigint>
  readonly slots: {
    read(): Promise<string | undefined>
    begin(text: string): Promise<void>
  }
}

const setting = 'BACKSCROLL_KURRENTDB_URL'
const migrating = 'a cluster keeps the logs that it began with, and `backscroll migrate` fills an empty one'

const refuse = (text: string): never => {
  throw new OperatorError(`${setting}: ${text}`)
}

const placeOf = (index: number): string => `log ${index + 1} of the list`

const readCopy = async (log: SlottedLog, index: number): Promise<LogSlots | undefined> => {
  const text = await log.slots.read()
  if (text === undefined) return undefined
  const copy = decodeLogSlots(text)
  return copy ?? refuse(`what ${placeOf(index)} says in its stream ...backscroll-slots cannot be understood`)
}

const describe = ({ version, logs, ranges }: SlotMap): string => JSON.stringify([version, logs, ranges])

const checkCopy = ({ map, index }: LogSlots, place: number, logs: number, first: SlotMap): void => {
  if (map.logs !== logs)
    refuse(`${placeOf(place)} is one of ${map.logs} logs and ${logs} are named: name them all; ${migrating}`)
  if (map.set !== first.set)
    refuse(`${placeOf(place)} belongs to another cluster than log 1: name the logs of one cluster`)
  if (index !== place)
    refuse(
      `${placeOf(place)} is log ${index + 1} of its cluster: name the logs in the order in which they were named first`,
    )
  if (describe(map) !== describe(first))
    refuse(
      `${placeOf(place)} has version ${map.version} of the slots and log 1 version ${first.version}: restore both from one backup`,
    )
}

/** The first process gives every log its copy; that of the first log decides. */
const begin = async (logs: readonly SlottedLog[]): Promise<void> => {
  const [first] = logs
  await first?.slots.begin(encodeLogSlots({ map: evenSlotMap(randomUUID(), logs.length), index: 0 }))
  const text = await first?.slots.read()
  const copy = text === undefined ? undefined : decodeLogSlots(text)
  if (copy === undefined || copy.map.logs !== logs.length) return
  for (const [index, log] of logs.entries()) if (index > 0) await log.slots.begin(encodeLogSlots({ ...copy, index }))
}

/**
 * Reads which slots each log has, and assigns them where nobody did before. Rejects with an `OperatorError` when
 * the logs, in this order, are not all logs of one cluster that own every slot exactly once.
 */
export const openSlotMap = async (logs: readonly SlottedLog[]): Promise<SlotMap> => {
  // Heads first: where one is above 0, the process that appended had seen all copies.
  const heads = await Promise.all(logs.map((log) => log.head()))
  const found = await Promise.all(logs.map(readCopy))
  const tooLong = heads.findIndex((head) => head >= bandSize)
  if (tooLong >= 0) refuse(`${placeOf(tooLong)} is longer than one of several logs may be (512 TiB); ${migrating}`)
  const missing = found.indexOf(undefined)
  if (missing >= 0) {
    const used = heads.findIndex((head) => head > 0n)
    if (used >= 0)
      refuse(
        used === missing
          ? `${placeOf(used)} holds events of a cluster with one log: ${migrating}`
          : `${placeOf(missing)} is not one of this cluster, and ${placeOf(used)} holds events: name the logs of one cluster, in their order; ${migrating}`,
      )
    await begin(logs)
  }
  const copies = missing >= 0 ? await Promise.all(logs.map(readCopy)) : found
  const first = copies[0]?.map
  for (const [place, copy] of copies.entries()) {
    if (copy === undefined || first === undefined) return refuse(`${placeOf(place)} has no slots yet: start again`)
    checkCopy(copy, place, logs.length, first)
  }
  if (first === undefined || ownersOf(first) === undefined)
    return refuse('the slots of the logs are not each owned by one of them: restore the streams ...backscroll-slots')
  return first
}

/** A log that is the only one must not be one of several. */
export const checkOnlyLog = async (log: SlottedLog): Promise<void> => {
  const copy = await readCopy(log, 0)
  if (copy !== undefined)
    refuse(`this is log ${copy.index + 1} of ${copy.map.logs}: name them all, in their order; ${migrating}`)
}
