import { describe, expect, it } from 'vitest'
import { above, createLiveBuffer, keep, type LiveEntry } from '../../../../src/gateway/sessions/live-buffer.ts'

const bounds = { bufferEvents: 3, bufferBytes: 100 }
const event = (position: bigint, text = 'x'): LiveEntry => ({ kind: 'event', position, text })

describe('live buffer of a resume', () => {
  const receipt = (position: bigint): LiveEntry => ({ kind: 'receipt', position, text: 'r' })

  it('[C2] gives what the pages did not bring, in its order', () => {
    const buffer = createLiveBuffer()
    const entries = [receipt(3n), event(4n), receipt(5n), event(6n)]
    for (const entry of entries) keep(buffer, entry, { ...bounds, bufferEvents: 4 })
    expect(above(buffer, [4n])).toEqual([receipt(5n), event(6n)])
    expect(above(buffer, undefined)).toEqual(entries)
  })

  it.each([
    ['too many entries', Array.from({ length: 4 }, (_, index) => event(BigInt(index)))],
    ['too many bytes', [event(1n, 'x'.repeat(60)), event(2n, 'x'.repeat(60))]],
  ])('gives everything up with %s', (_, entries) => {
    const buffer = createLiveBuffer()
    for (const entry of [...entries, event(9n)]) keep(buffer, entry, bounds)
    expect(buffer).toMatchObject({ overflowed: true, entries: [] })
  })
})
