import { randomUUID } from 'node:crypto'
import type { ErrorCode } from '@backscroll/protocol/errors'
import { createFakeGroup } from '../groups/fake-group.ts'
import {
  type DeviceName,
  groupInfoFrame,
  privateMessageFrame,
  publicMessageFrame,
  welcomeFrame,
} from '../groups/mls-frames.ts'
import { canary, canaryText } from './canary.ts'
import { base64, type TestConversation } from './conversation.ts'

type Part = 'commit' | 'welcome' | 'groupInfo'

/** Something readable where ciphertext belongs. */
export interface Plaintext {
  readonly what: string
  readonly content: string
  /** What it is refused with as a message. */
  readonly code: ErrorCode
  /** Where a commit has such a thing: there it says nothing about this text. */
  readonly is?: Part
}

/** The frame ends with a random field, whose end becomes the canary: nothing else of it changes. */
const hiding = (frame: string): string => {
  const bytes = Buffer.from(frame, 'base64')
  bytes.write(canary, bytes.length - canary.length)
  return bytes.toString('base64')
}

const altered = (frame: string, at: number, value: number): string => {
  const bytes = Buffer.from(frame, 'base64')
  bytes[at] = value
  return bytes.toString('base64')
}

/** Where the content type is: behind version, wire format, a group id of 36 characters and the epoch. */
const contentTypeAt = 2 + 2 + 1 + 36 + 8

const bare: readonly Plaintext[] = [
  { what: 'the text', content: canary, code: 'not_ciphertext' },
  { what: 'the text with blanks', content: canaryText, code: 'invalid' },
  { what: 'base64', content: base64(canaryText), code: 'not_ciphertext' },
  { what: 'JSON', content: base64(JSON.stringify({ text: canaryText })), code: 'not_ciphertext' },
  { what: 'hex', content: Buffer.from(canaryText).toString('hex'), code: 'not_ciphertext' },
]

/** Frames that are in order, but not what a message of this conversation is. */
const framed = ({ conversationId, group }: TestConversation, by: DeviceName): readonly Plaintext[] => {
  const { epoch } = group
  const place = { conversationId, epoch }
  const message = (changed: object) => privateMessageFrame({ ...place, ...changed }, canaryText)
  return [
    { what: 'a Welcome', content: hiding(welcomeFrame(1)), code: 'not_ciphertext', is: 'welcome' },
    { what: 'a GroupInfo', content: hiding(groupInfoFrame(place)), code: 'not_ciphertext', is: 'groupInfo' },
    { what: 'a commit', content: hiding(group.commit(by).commit ?? ''), code: 'not_ciphertext', is: 'commit' },
    { what: 'a PublicMessage', content: publicMessageFrame(place, canaryText), code: 'not_ciphertext' },
    { what: "another group's", content: message({ conversationId: randomUUID() }), code: 'not_ciphertext' },
    { what: 'a handshake', content: altered(message({}), contentTypeAt, 3), code: 'not_ciphertext' },
    { what: 'of another MLS', content: altered(message({}), 1, 2), code: 'not_ciphertext' },
    { what: 'of another generation', content: message({ generation: 1 }), code: 'stale_epoch' },
    { what: 'of an epoch before', content: message({ epoch: epoch - 1 }), code: 'stale_epoch' },
    { what: 'of an epoch to come', content: message({ epoch: epoch + 1 }), code: 'stale_epoch' },
  ]
}

/** Every kind of plaintext that could be sent to a conversation whose group is at epoch 1. */
export const plaintextsFor = (conversation: TestConversation, by: DeviceName): readonly Plaintext[] => [
  ...bare,
  ...framed(conversation, by),
]

interface Tampered {
  readonly what: string
  readonly parts: object
  readonly code: ErrorCode
}

/** What a commit carries, with each part replaced by what is not such a part. */
export const tampered = (parts: object, plaintexts: readonly Plaintext[]): readonly Tampered[] =>
  (['commit', 'welcome', 'groupInfo'] as const).flatMap((part) =>
    plaintexts
      .filter(({ is }) => is !== part)
      .map(({ what, content, code }) => ({
        what: `${what} as ${part}`,
        parts: { ...parts, [part]: content },
        code: code === 'invalid' ? code : 'commit_mismatch',
      })),
  )

/** A GroupInfo in order, of another conversation. */
export const foreignGroupInfo = (): string => hiding(groupInfoFrame({ conversationId: randomUUID(), epoch: 1 }))

/** A commit in order, of an epoch that is over. */
export const staleCommit = (conversationId: string, by: DeviceName) => {
  const group = createFakeGroup(conversationId)
  group.begin(by)
  const { commit = '', ...more } = group.commit(by)
  return { ...more, commit: hiding(commit) }
}
