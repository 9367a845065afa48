import fc from 'fast-check'
import { expect, it } from 'vitest'
import { versionsIn } from '../../../../src/domain/event-types.ts'
import { play, steps } from './generated.ts'

it('random histories hold every event that a command can lead to', () => {
  const histories = fc.sample(steps, { numRuns: 300, seed: 7 }).map((tried) => play(tried).history)
  const met = new Set(histories.flatMap((history) => history.map(({ type }) => type)))
  const notOfCommands = ['DeviceRemovalAsked', 'MessagesExpired', 'InvitationAccepted', 'ConversationClosed']
  const all = Object.keys(versionsIn('conversation')).filter((type) => !notOfCommands.includes(type))
  expect([...met].sort()).toEqual(all.sort())
})
