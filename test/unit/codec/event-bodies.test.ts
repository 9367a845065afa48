import { describe, expect, it } from 'vitest'
import { type EventType, eventTypes } from '../../../src/domain/event-types.ts'
import { createBodySeal } from '../../../src/event-log/sealed-bodies/body-seal.ts'
import { newTree } from '../../../src/event-log/sealed-bodies/key-tree.ts'
import type { RecordedEvent } from '../../../src/ports/event-log.ts'
import { encodeEvent } from '../../../src/projections/reading/encode-event.ts'
import { createRedaction } from '../../../src/projections/reading/redaction.ts'
import { withheld } from '../../../src/projections/reading/withheld-bodies.ts'
import { recordings } from './recorded-events.ts'

/** As the newest versions were recorded, each with a body, whether it belongs there or not. */
const recorded = (Object.entries(eventTypes) as [EventType, (typeof eventTypes)[EventType]][]).map(([type, facts]) => {
  const found = recordings.find(({ event }) => event.type === type && event.version === facts.version)
  if (found === undefined) throw new Error(`no recorded file of ${type}`)
  const place = { stream: 'conversation-c', revision: 0, position: 1n }
  return { type, body: facts.body, event: { ...found.event, ...place, body: 'AAAA' } satisfies RecordedEvent }
})

const tree = newTree(new Uint8Array(32))
const keys = { load: async () => [tree], obtain: async () => [tree] }

describe.each(recorded)('the body of $type', ({ type, body, event }) => {
  it('is served as its ciphertext if it has one', () => {
    expect('ciphertext' in JSON.parse(encodeEvent(event)).data).toBe(body !== 'none')
  })

  it('is recorded if it has one', () => {
    const bodies = recordings.filter((one) => one.event.type === type && one.event.body !== null)
    expect(bodies.length > 0).toBe(body !== 'none')
  })

  it('is sealed where it stands if it can be deleted', async () => {
    const seal = createBodySeal({ keys, life: 'life', onMissing: () => {} })
    const [sealed] = await seal.seal(event.stream, [event], 0)
    expect(sealed?.body !== event.body).toBe(body === 'expiring')
  })

  it('is redacted when it is past its time, if it expires', async () => {
    const log = { readStream: async () => [event] }
    const redaction = createRedaction({ log, now: () => event.at + 10_000 })
    for (const expiring of [
      { retentionSeconds: 5, expiredUpTo: -1 },
      { retentionSeconds: null, expiredUpTo: 0 },
    ]) {
      const [redacted] = (await redaction.of(event.stream, expiring)?.([event])) ?? []
      expect(redacted?.body === null).toBe(body === 'expiring')
    }
  })

  it('is withheld after a deletion where the log cannot blank', async () => {
    const log = { readStream: async () => [event], keepsBodies: true as const }
    const gone = new Map([['c/expired', { revision: 9, upTo: 9 }]])
    const reader = withheld({ log, views: { byKeys: async () => gone as never } })
    const [read] = await reader.readStream({ stream: event.stream, limit: 1 })
    expect(read?.body === null).toBe(body === 'expiring')
  })
})
