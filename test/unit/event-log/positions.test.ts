import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bandSize,
  bandStart,
  covers,
  logOf,
  logOfNumber,
  lowerOfEach,
  maxLogs,
  samePositions,
  startOf,
} from '../../../src/event-log/positions.ts'

const index = fc.nat(maxLogs - 1)
const own = fc.bigInt({ min: 0n, max: bandSize - 1n })

describe('positions of several logs', () => {
  it('say their log, as they are and as views hold them, and stay safe integers', () => {
    fc.assert(
      fc.property(index, own, (log, position) => {
        const banded = bandStart(log) + position
        expect(logOf(banded)).toBe(log)
        expect(Number.isSafeInteger(Number(banded))).toBe(true)
        expect(BigInt(Number(banded))).toBe(banded)
        expect(logOfNumber(Number(banded))).toBe(log)
      }),
    )
  })

  it('of the first log are what they are where it is the only one', () => {
    expect(bandStart(0)).toBe(0n)
    expect(startOf(1)).toEqual([0n])
  })

  it('are covered by the component of their own log alone', () => {
    const positions = [7n, bandStart(1) + 3n]
    expect([7n, 8n, bandStart(1) + 3n, bandStart(1) + 4n].map((one) => covers(positions, one))).toEqual([
      ...[true, false],
      ...[true, false],
    ])
    expect(covers(positions, bandStart(2))).toBe(false)
  })

  it('are lowered log by log', () => {
    const lower = lowerOfEach([5n, bandStart(1) + 9n], [6n, bandStart(1) + 2n])
    expect(lower).toEqual([5n, bandStart(1) + 2n])
    expect(samePositions(lower, [5n, bandStart(1) + 2n])).toBe(true)
    expect(samePositions(lower, [5n])).toBe(false)
  })
})
