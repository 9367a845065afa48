import { describe, expect, it } from 'vitest'
import { idOfStream } from '../../../../src/domain/stream-names.ts'
import { partitionOf } from '../../../../src/event-log/routing/stream-slots.ts'

/** Recorded once. If one of them is another number some day, events of a conversation are in two partitions: the function is wrong, not this table. */
const recorded: readonly (readonly [stream: string, of12: number, of16: number, of1000: number])[] = [
  ['conversation-0198c0de-0000-7000-8000-000000000001', 9, 1, 33],
  ['receipts-0198c0de-0000-7000-8000-000000000001', 9, 1, 33],
  ['conversation-d_8c1f0d5b2a7e4f63', 8, 12, 308],
  ['user-alice', 6, 14, 78],
  ['user-bob', 10, 6, 430],
  ['user-Zoë', 7, 11, 507],
  ['user-日本', 3, 15, 135],
  ['user-👋', 2, 2, 626],
  ['conversation-', 11, 11, 923],
  ['lonely', 6, 14, 574],
]

describe('the partition of a stream', () => {
  it.each(recorded)('%s is where it has always been', (stream, of12, of16, of1000) => {
    expect([12, 16, 1000].map((partitions) => partitionOf(stream, partitions))).toEqual([of12, of16, of1000])
  })

  it('is the same for a conversation and its receipts', () => {
    for (let index = 0; index < 500; index += 1)
      expect(partitionOf(`receipts-c-${index}`, 48)).toBe(partitionOf(`conversation-c-${index}`, 48))
  })

  it('goes by what stands behind the kind, whatever that holds', () => {
    expect(idOfStream('conversation-0198c0de-0000-7000-8000-000000000001')).toBe('0198c0de-0000-7000-8000-000000000001')
    expect(idOfStream('user-anna-maria')).toBe('anna-maria')
    expect(idOfStream('lonely')).toBe('lonely')
  })

  it('spreads ids that differ only a little over all partitions, none of which gets twice its share', () => {
    const names: readonly ((index: number) => string)[] = [
      (index) => `user-${index}`,
      (index) => `conversation-0198c0de-0000-7000-8000-${index.toString(16).padStart(12, '0')}`,
      (index) => `conversation-${(index * 16).toString(16).padStart(32, '0')}`,
    ]
    for (const name of names) {
      for (const partitions of [2, 12, 16, 64]) {
        const counts = Array.from({ length: partitions }, () => 0)
        for (let index = 0; index < partitions * 500; index += 1) {
          const partition = partitionOf(name(index), partitions)
          counts[partition] = (counts[partition] ?? 0) + 1
        }
        expect(Math.min(...counts)).toBeGreaterThan(250)
        expect(Math.max(...counts)).toBeLessThan(1000)
      }
    }
  })
})
