import { crc32 } from 'node:zlib'
import type { Snapshot } from '../../../../ports/snapshot-store.ts'

/**
 * Checksums that show damage, not forgery. An event has three: `bodySum` of its body, which is outside the next one
 * so that a body can be blanked; `sum` of all its other columns; and `digest`, made from the digest of the event
 * before and from `sum`, so that it stands for the whole log up to there.
 */
export interface SummedColumns {
  readonly position: number
  readonly stream: string
  readonly revision: number
  readonly id: string
  readonly type: string
  readonly version: number
  readonly at: number
  readonly userId: string
  readonly deviceId: string
  readonly target: number | null
  readonly data: string
}

/** The digest before the first event. */
export const EMPTY_DIGEST = 0

/** The column's value while the body is there. */
export const sumOfBody = (body: string | null): number | null => (body === null ? null : crc32(body))

/**
 * The column of a blanked body is below zero, and its checksum is kept: so a body that is merely gone is noticed.
 * Works both ways.
 */
export const blankedSum = (bodySum: number): number => -1 - bodySum

const sumOfFormerBody = (bodySum: number): number => (bodySum < 0 ? blankedSum(bodySum) : bodySum)

export const sumOfEvent = (event: SummedColumns, bodySum: number | null): number => {
  const { position, stream, revision, id, type, version, at, userId, deviceId, target, data } = event
  const former = bodySum === null ? '' : sumOfFormerBody(bodySum)
  return crc32(
    `${position}\n${stream}\n${revision}\n${id}\n${type}\n${version}\n${at}\n${userId}\n${deviceId}\n${target ?? ''}\n${former}\n${data}`,
  )
}

export const sumOfSnapshot = ({ stream, revision, version, state }: Snapshot): number =>
  crc32(`${stream}\n${revision}\n${version}\n${state}`)

export const isBodyOf = (body: string | null, bodySum: number | null): boolean =>
  body === null ? bodySum === null || bodySum < 0 : bodySum === crc32(body)

const LOW = 2 ** 32

/**
 * 53 bits, so that it is a number that everything here holds exactly. Two histories that differ in one event differ
 * from there on.
 */
export const chainDigest = (before: number, sum: number): number => {
  const high = Math.floor(before / LOW)
  let low = Math.imul((before % LOW) ^ sum, 0x9e3779b1)
  low ^= low >>> 15
  low = Math.imul(low + high, 0x85ebca77)
  low ^= low >>> 13
  let top = Math.imul(high ^ low ^ ((sum << 16) | (sum >>> 16)), 0xc2b2ae3d)
  top ^= top >>> 16
  return (top >>> 11) * LOW + (low >>> 0)
}

/** In the form that checkpoints and people see. */
export const digestText = (digest: number): string => digest.toString(36)
