import { expect, it } from 'vitest'
import type { MessageUpload } from '../../../../packages/client/src/commands/message-upload.ts'
import { type Chain, emptyChain } from '../../../../packages/client/src/commands/outbox-chain.ts'
import type { OutboxEntry } from '../../../../packages/client/src/commands/outbox-entry.ts'
import {
  type CommandState,
  createPendingCommands,
  type PendingCommand,
} from '../../../../packages/client/src/commands/pending-commands.ts'

const now = 1_000
const message = (clientSeq: number): OutboxEntry => ({
  ...{ conversationId: 'c', clientSeq, messageId: `m${clientSeq}` },
  command: { kind: 'message', plaintext: 'YQ==', sentAt: 0 },
})
const own = (clientSeq: number): OutboxEntry => ({
  ...{ conversationId: 'c', clientSeq, messageId: `own${clientSeq}` },
  command: { kind: 'group', quiet: true, change: { type: 'begin' } },
})

const setUp = () => {
  const facts: {
    chain: Chain
    gate?: CommandState | undefined
    obstacle?: CommandState | undefined
    uploads: { shown: OutboxEntry; upload: MessageUpload }[]
  } = { chain: emptyChain, uploads: [] }
  const told: PendingCommand[] = []
  const commands = createPendingCommands({
    busy: () => (facts.chain.entries.length > 0 ? ['c'] : []),
    chain: () => facts.chain,
    uploads: () => facts.uploads,
    gate: () => facts.gate,
    obstacle: () => facts.obstacle,
    now: () => now,
    tell: (command) => told.push(command),
  })
  const names = () => commands.list().map(({ messageId, state }) => `${messageId} ${state.name}`)
  return { facts, told, commands, names }
}

it('the first one has the reason why nothing goes on, the others wait for their turn', () => {
  const { facts, names } = setUp()
  facts.chain = { ...emptyChain, entries: [message(1), message(2)] }
  expect(names()).toEqual(['m1 waiting_for_turn', 'm2 waiting_for_turn'])
  facts.obstacle = { name: 'waiting_for_member' }
  expect(names()).toEqual(['m1 waiting_for_member', 'm2 waiting_for_turn'])
  facts.chain = { ...facts.chain, inFlight: new Set([1, 2]) }
  expect(names()).toEqual(['m1 sending', 'm2 sending'])
})

it('without a connection, or an approval, all wait for that', () => {
  const { facts, names } = setUp()
  facts.chain = { ...emptyChain, entries: [message(1), message(2)] }
  for (const name of ['waiting_for_connection', 'waiting_for_approval'] as const) {
    facts.gate = { name }
    expect(names()).toEqual([`m1 ${name}`, `m2 ${name}`])
  }
})

it.each([
  ['rate_limited', { name: 'waiting_for_limit', retryAt: 5_000 }],
  ['unavailable', { name: 'waiting_for_server', retryAt: 5_000, code: 'unavailable' }],
  ['stale_epoch', { name: 'waiting_for_commit' }],
] as const)('after the refusal %s it says until when', (refusedWith, state) => {
  const { facts, commands } = setUp()
  facts.chain = { ...emptyChain, entries: [message(1)], notBefore: 5_000, refusedWith }
  expect(commands.list('c')[0]?.state).toEqual(state)
  facts.chain = { ...facts.chain, notBefore: now }
  expect(commands.list('c')[0]?.state).toEqual({ name: 'waiting_for_turn' })
})

it("the SDK's own are what the next one waits for, and are not in the list", () => {
  const { facts, names } = setUp()
  facts.chain = { ...emptyChain, entries: [own(1), message(2)] }
  expect(names()).toEqual(['m2 waiting_for_commit'])
  facts.chain = { ...facts.chain, inFlight: new Set([1]) }
  expect(names()).toEqual(['m2 waiting_for_commit'])
  facts.obstacle = { name: 'waiting_for_limit', retryAt: 7 }
  facts.chain = { ...facts.chain, inFlight: new Set() }
  expect(names()).toEqual(['m2 waiting_for_limit'])
})

it('a change is told once, and what changes back at once is not', async () => {
  const { facts, told, commands } = setUp()
  facts.chain = { ...emptyChain, entries: [message(1)] }
  facts.gate = { name: 'waiting_for_connection' }
  commands.changed()
  commands.changed('c')
  await Promise.resolve()
  commands.changed('c')
  await Promise.resolve()
  expect(told.map(({ state }) => state.name)).toEqual(['waiting_for_connection'])
  facts.chain = { ...facts.chain, inFlight: new Set([1]) }
  facts.gate = undefined
  commands.changed('c')
  await Promise.resolve()
  facts.chain = emptyChain
  commands.changed('c')
  await Promise.resolve()
  expect(told.map(({ state }) => state.name)).toEqual(['waiting_for_connection', 'sending'])
})

it('a message that waits for its files comes last, and each step of its upload is told', async () => {
  const { facts, told, commands, names } = setUp()
  const file = { contentType: 'image/png', size: 10 }
  const upload = (sent: number, isPaused = false) => ({ isPaused, files: [{ file, sent, total: 33 }] })
  facts.chain = { ...emptyChain, entries: [message(1024)] }
  facts.uploads = [{ shown: { ...message(0), messageId: 'photo' }, upload: upload(0) }]
  expect(names()).toEqual(['m1024 waiting_for_turn', 'photo waiting_for_files'])
  facts.gate = { name: 'waiting_for_connection' }
  expect(names()).toEqual(['m1024 waiting_for_connection', 'photo waiting_for_connection'])
  facts.gate = undefined
  facts.chain = emptyChain
  for (const sent of [0, 12, 12, 33]) {
    facts.uploads = [{ shown: { ...message(0), messageId: 'photo' }, upload: upload(sent) }]
    commands.changed('c')
    await Promise.resolve()
  }
  expect(told.map(({ state }) => state)).toEqual(
    [0, 12, 33].map((sent) => ({ name: 'waiting_for_files', ...upload(sent) })),
  )
})
