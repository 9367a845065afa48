import type { IdentityStatement } from '@backscroll/protocol/identity-statements'
import type { WireEvent } from '@backscroll/protocol/server-frames'
import { expect, test } from 'vitest'
import { createReceiveStatements } from '../../../../../packages/client/src/groups/upkeep/receive-statements.ts'
import { loadSharedStatements } from '../../../../../packages/client/src/groups/upkeep/shared-statements.ts'

const me = { userId: 'ann', deviceId: 'phone' }
const hourMs = 3_600_000
const signed = (signature: string): IdentityStatement => ({ type: 'revocation', signature }) as IdentityStatement

/** A device that tells the group `g` whatever is missing, as soon as it hears that there is something. */
const open = (records = new Map<string, unknown>()) => {
  const clock = { at: 5, now: () => clock.at }
  const own = [signed('one')]
  const inGroup = new Set(['ann/phone', 'bob/phone'])
  const said: string[] = []
  const sharedStatements = loadSharedStatements(records, {
    own: () => own,
    store: (changes) => {
      for (const { key, value } of changes) records.set(key, value)
    },
    clock,
  })
  const tell = () => {
    const missing = sharedStatements.missing('g')
    if (missing.length === 0) return
    said.push(missing.map(({ signature }) => signature).join())
    sharedStatements.told('g', missing, [...inGroup])
  }
  const { event } = createReceiveStatements({
    ...{ me, sharedStatements, devicesIn: () => [...inGroup], changed: tell },
    statements: { control: async () => {} },
  })
  let revision = 0
  const hear = (type: string, data: WireEvent['data']) => {
    revision += 1
    const at = revision * hourMs
    event({
      ...{ stream: { kind: 'conversation', id: 'g' }, revision, position: `${revision}`, at, type, data },
      actor: { userId: 'eve', deviceId: 'one' },
    })
    tell()
  }
  /** By the word of the server, which says that hours have gone by. */
  const comes = (...names: readonly string[]) => {
    const added = names.map((name, leaf) => ({ userId: name.split('/')[0], deviceId: name.split('/')[1], leaf }))
    for (const name of names) inGroup.add(name)
    hear('GroupCommitted', {
      ...{ generation: 0, epoch: revision, external: true, added, removed: [], ciphertext: '' },
      ...{ commit: null, welcome: null, groupInfo: { hash: '0'.repeat(64), size: 1 } },
    })
  }
  return { records, clock, own, said, tell, comes, hear }
}

test('a device that comes is told once what the user has signed, however often it leaves and comes again', () => {
  const { records, said, tell, comes } = open()
  tell()
  expect(said).toEqual(['one'])
  for (let time = 0; time < 100; time += 1) comes('eve/one')
  expect(said).toEqual(['one', 'one'])
  const again = open(records)
  again.comes('eve/one')
  expect(again.said).toEqual([])
})

test('who was away when the user signed more is told all of it', () => {
  const { own, said, tell, comes } = open()
  tell()
  comes('eve/one')
  own.push(signed('two'))
  tell()
  expect(said).toEqual(['one', 'one', 'two'])
  comes('dan/one')
  expect(said.at(-1)).toBe('one,two')
})

test('new devices without end are told of ten times an hour of this device, and those that came late after it', () => {
  const { clock, said, tell, comes, hear } = open()
  tell()
  for (let device = 0; device < 100; device += 1) comes(`eve/${device}`)
  expect(said).toHaveLength(11)
  hear('MessageSent', {})
  expect(said).toHaveLength(11)
  clock.at += hourMs
  hear('MessageSent', {})
  expect(said).toHaveLength(12)
  hear('MessageSent', {})
  expect(said).toHaveLength(12)
})

test('the record of an earlier version is read: what was told there is not told again', () => {
  const { said, tell, comes } = open(new Map([['told/g', ['one']]]))
  tell()
  expect(said).toEqual([])
  comes('eve/one')
  expect(said).toEqual(['one'])
})
