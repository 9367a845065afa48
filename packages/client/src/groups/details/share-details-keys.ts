import type { ControlContent } from '../../content/message-content.ts'
import { envelopeOf } from '../../content/outgoing-content.ts'
import type { Outbox } from '../../outbox/outbox.ts'

export interface KeysToShare {
  readonly id: string
  readonly messageId: string
  /** The keys of the group's name and description, base64. */
  readonly keys: readonly string[]
  /** Milliseconds since the Unix epoch. */
  readonly now: number
}

export interface Said {
  readonly id: string
  readonly messageId: string
  readonly content: ControlContent
  /** Milliseconds since the Unix epoch. */
  readonly now: number
}

/**
 * A message from device to device, stored and sent like any other. A refusal by the server interests nobody: a
 * device that lacks the keys asks again, and a store that fails reports it by itself.
 */
export const sayToDevices = (outbox: Pick<Outbox, 'add'>, { id, messageId, content, now }: Said): void => {
  const plaintext = envelopeOf({ messageId, control: true }, content)
  outbox.add(id, messageId, { kind: 'message', control: true, plaintext, sentAt: now }).catch(() => {})
}

export const shareKeys = (outbox: Pick<Outbox, 'add'>, { keys, ...said }: KeysToShare): void =>
  sayToDevices(outbox, { ...said, content: { type: 'details', body: { keys: [...keys] } } })
