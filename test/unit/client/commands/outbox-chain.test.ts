import { describe, expect, it } from 'vitest'
import * as chains from '../../../../packages/client/src/commands/outbox-chain.ts'
import type { OutboxEntry } from '../../../../packages/client/src/commands/outbox-entry.ts'

const entry = (clientSeq: number, kind: 'message' | 'rest' = 'message'): OutboxEntry => ({
  conversationId: 'c',
  clientSeq,
  messageId: `m${clientSeq}`,
  command: kind === 'message' ? { kind, plaintext: 'AA==', sentAt: 0 } : { kind, method: 'POST', path: '/', body: {} },
})

const chainOf = (...entries: readonly OutboxEntry[]) => entries.reduce(chains.appended, chains.emptyChain)

/** Sends all that may go now; what went, each as "number after predecessor". */
const flush = (chain: chains.Chain, now = 0): { chain: chains.Chain; frames: string[] } => {
  const frames: string[] = []
  let current = chain
  for (let next = chains.nextToSend(current, now); next !== undefined; next = chains.nextToSend(current, now)) {
    frames.push(`${next.clientSeq} after ${chains.predecessor(current, next.clientSeq)}`)
    current = chains.sent(current, next.clientSeq)
  }
  return { chain: current, frames }
}

describe('The outbox of one conversation [M3]', () => {
  it('pipelines, each naming the one before', () => {
    expect(flush(chainOf(entry(1), entry(2), entry(3))).frames).toEqual(['1 after 0', '2 after 1', '3 after 2'])
  })

  it('goes on after what the server accepted last', () => {
    const { chain } = flush(chainOf(entry(1), entry(2)))
    const done = chains.accepted(chains.accepted(chain, 1), 2)
    expect(flush(chains.appended(done, entry(5))).frames).toEqual(['5 after 2'])
  })

  it('re-chains the later ones after a final rejection, under the same numbers, once all answers are in', () => {
    let { chain } = flush(chainOf(entry(1), entry(2), entry(3)))
    chain = chains.rejected(chain, 1)
    expect(flush(chain).frames).toEqual([])
    chain = chains.gapAt(chain, 3, 0) ?? chain
    expect(flush(chain).frames).toEqual([])
    chain = chains.gapAt(chain, 2, 0) ?? chain
    expect(flush(chain).frames).toEqual([])
    chain = chains.postponed(chain, 2, 100)
    expect(flush(chain, 99).frames).toEqual([])
    expect(flush(chain, 100).frames).toEqual(['2 after 0', '3 after 2'])
  })

  it('re-sends a later one that was refused for a gap without delay', () => {
    let { chain } = flush(chainOf(entry(1), entry(2), entry(3)))
    chain = chains.postponed(chain, 1, 0)
    chain = chains.gapAt(chain, 2, 0) ?? chain
    chain = chains.gapAt(chain, 3, 0) ?? chain
    expect(flush(chain).frames).toEqual(['1 after 0', '2 after 1', '3 after 2'])
  })

  it('continues from details.last when the server knows another last number for the head', () => {
    const chain = chains.sent(chainOf(entry(7)), 7)
    expect(flush(chains.gapAt(chain, 7, 5) ?? chain).frames).toEqual(['7 after 5'])
  })

  it('has nothing to learn from a gap that names what it had named itself', () => {
    expect(chains.gapAt(chains.sent(chainOf(entry(1)), 1), 1, 0)).toBeUndefined()
  })

  it('sends group commands alone, because two connections keep no order between them', () => {
    const first = flush(chainOf(entry(1), entry(2, 'rest'), entry(3)))
    expect(first.frames).toEqual(['1 after 0'])
    const second = flush(chains.accepted(first.chain, 1))
    expect(second.frames).toEqual(['2 after 1'])
    expect(flush(chains.accepted(second.chain, 2)).frames).toEqual(['3 after 2'])
  })
})
