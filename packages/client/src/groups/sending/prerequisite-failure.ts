import type { OutboxEntry } from '../../commands/outbox-entry.ts'
import { BackscrollError, toBackscrollError } from '../../errors/backscroll-error.ts'
import { E2eeError } from '../../errors/e2ee-error.ts'
import type { Outbox } from '../../outbox/outbox.ts'
import type { Prepare } from '../commits/prepare-commit.ts'
import type { AbsentMembers } from '../members/absent-members.ts'
import type { Group } from '../state/group.ts'
import type { SendBackoff } from './send-backoff.ts'
import { needsState } from './send-prerequisite.ts'

export interface PrerequisiteFailureDeps {
  readonly hold: SendBackoff['hold']
  readonly prepare: Pick<Prepare, 'giveUp'>
  readonly absentMembers: Pick<AbsentMembers, 'askAgain'>
  readonly outbox: Pick<Outbox, 'fail' | 'drop' | 'waiting'>
  readonly onError: (thrown: unknown) => void
}

const codes: Readonly<Record<string, 'identity_changed' | 'no_device' | 'clock_ahead'>> = {
  identity_changed: 'identity_changed',
  clock_ahead: 'clock_ahead',
  no_device: 'no_device',
}

const asError = (thrown: unknown): BackscrollError => {
  if (!(thrown instanceof E2eeError)) return toBackscrollError(thrown)
  const code = codes[thrown.code]
  return new BackscrollError(code ?? 'encryption', {
    message: thrown.message,
    details: { ...thrown.details, reason: thrown.code },
  })
}

/** What the SDK wanted to do first cannot be done: what needs it fails with it, and nothing else does. */
export const createPrerequisiteFailure = ({
  hold,
  prepare,
  absentMembers,
  outbox,
  onError,
}: PrerequisiteFailureDeps) => {
  const ownFailed = (group: Group, entry: OutboxEntry, error: BackscrollError) => {
    const { fail, drop, waiting } = outbox
    const { command, conversationId, clientSeq } = entry
    const next = waiting(conversationId).find((one) => one.clientSeq > clientSeq && needsState(one))
    const type = command.kind === 'group' ? command.change.type : undefined
    // It goes on without one more device, unless the owner's key has changed: a person has to decide that.
    // It also goes on without somebody who comes by a link, whatever is wrong with that person's devices.
    const mayGoOn = type === 'add' || (type === 'devices' && error.code !== 'identity_changed')
    if (next === undefined || mayGoOn) onError(error)
    else fail(next, error)
    if (!mayGoOn) absentMembers.askAgain(group)
    drop(entry, error)
  }

  return (group: Group, entry: OutboxEntry, thrown: unknown): void => {
    const error = asError(thrown)
    if (error.temporary) return hold(group.conversationId, error)
    prepare.giveUp(group, entry)
    if (entry.command.kind === 'group' && entry.command.quiet) ownFailed(group, entry, error)
    else outbox.fail(entry, error)
  }
}
