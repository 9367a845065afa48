/** The part of the protocol's frames that the generators look at. */
export interface EventFrame {
  readonly stream: { readonly id: string }
  readonly revision: number
  readonly at: number
  readonly type: string
  readonly actor: { readonly userId: string; readonly deviceId: string }
  readonly data: { readonly seq?: number }
}

export type Frame =
  | { readonly type: 'reply'; readonly id: number; readonly result: { readonly conversationId?: string } }
  | {
      readonly type: 'error'
      readonly id?: number
      readonly code: string
      readonly message: string
      readonly retryAfterMs?: number
    }
  | { readonly type: 'events'; readonly events: readonly EventFrame[]; readonly checkpoint?: string }
  | { readonly type: 'caught_up'; readonly checkpoint: string }
  | { readonly type: 'heartbeat' | 'resync_needed' }

export const connectFrame = (deviceId: string, since?: string): string =>
  JSON.stringify({
    type: 'connect',
    id: 1,
    deviceId,
    client: { name: 'bench', version: '1', platform: 'node' },
    ...(since !== undefined && { since }),
  })

/** A run of this process has its own prefix, so that message ids do not repeat. */
const run = Math.floor(Math.random() * 0xffffffff)
  .toString(16)
  .padStart(8, '0')
let messages = 0

/** Of a message that may have to be sent again: the same one has the same id. */
export const nextMessageId = (): string => {
  messages += 1
  return `${run}-0000-7000-8000-${messages.toString(16).padStart(12, '0')}`
}

/** `number`: the device's command number in the conversation. */
export const messageFrame = (
  id: number,
  conversationId: string,
  number: number,
  ciphertext: string,
  messageId = nextMessageId(),
): string =>
  `{"type":"send_message","id":${id},"conversationId":"${conversationId}","messageId":"${messageId}",` +
  `"clientSeq":${number},"afterClientSeq":${number - 1},"ciphertext":"${ciphertext}"}`
