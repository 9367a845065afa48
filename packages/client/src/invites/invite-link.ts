import { userId as userIdSchema } from '@backscroll/protocol/ids'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { fromBase64, toBase64, toBase64Url } from '../encoding/base64.ts'
import { concat, equalBytes, utf8 } from '../encoding/bytes.ts'
import { BackscrollError } from '../errors/backscroll-error.ts'

/** The content of a link. All of it is in the fragment, after `#`, which browsers never send to a server. */
export interface InviteLink {
  /** 32 random bytes. */
  readonly secret: Uint8Array
  /**
   * The creator of the link and their identity key, base64. It keeps the server from putting another user in
   * between.
   */
  readonly userId: string
  readonly identityKey: string
  /** The group to join, if any. */
  readonly conversationId: string | undefined
}

/** The token that a joiner shows to the server. The secret cannot be derived from it. */
export const inviteToken = (secret: Uint8Array): string =>
  toBase64Url(sha256(concat(utf8('backscroll invite token v1\0'), secret)))

const bytesOf = (text: string): Uint8Array => fromBase64(text.replaceAll('-', '+').replaceAll('_', '/'))

/** The id under which the server stores the link: a hash of the token. */
export const inviteIdOf = (secret: Uint8Array): string => toBase64Url(sha256(bytesOf(inviteToken(secret))))

/** The joiner, the joiner's identity key (base64), and the group. */
export interface Joining {
  readonly conversationId: string
  readonly userId: string
  readonly identityKey: string
}

/** Proves that this user holds the link. The server knows the token but not the secret, so it cannot create a proof. */
export const joinProof = (secret: Uint8Array, { conversationId, userId, identityKey }: Joining): string =>
  toBase64(
    hmac(
      sha256,
      sha256(concat(utf8('backscroll invite proof v1\0'), secret)),
      utf8(`${conversationId}\0${userId}\0${identityKey}`),
    ),
  )

export const isJoinProof = (secret: Uint8Array, joining: Joining, proof: string): boolean =>
  equalBytes(utf8(joinProof(secret, joining)), utf8(proof))

const version = 'v1'

export const formatInviteLink = (url: string, link: InviteLink): string => {
  const { secret, userId, identityKey, conversationId } = link
  const parts = [version, toBase64Url(secret), encodeURIComponent(userId), toBase64Url(fromBase64(identityKey))]
  return `${url.replace(/\/+$/, '')}/invite#${[...parts, ...(conversationId ? [conversationId] : [])].join('/')}`
}

const key32 = /^[A-Za-z0-9_-]{43}$/
const groupId = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const longest = 1_024

const partsOf = (text: string): InviteLink | undefined => {
  if (text.length > longest) return undefined
  const [of, secret = '', user = '', key = '', conversationId, ...rest] = text.slice(text.indexOf('#') + 1).split('/')
  const isFit = of === version && key32.test(secret) && key32.test(key) && rest.length === 0
  if (!isFit || !(conversationId === undefined || groupId.test(conversationId))) return undefined
  const userId = userIdSchema.safeParse(decodeURIComponent(user)).data
  return userId === undefined
    ? undefined
    : { secret: bytesOf(secret), userId, identityKey: toBase64(bytesOf(key)), conversationId }
}

/** Throws `invalid` if the text is not a link of this kind. */
export const parseInviteLink = (text: string): InviteLink => {
  try {
    const link = partsOf(text)
    if (link !== undefined) return link
  } catch {
    // The input may not even be a string.
  }
  throw new BackscrollError('invalid', { message: 'This is not an invite link', details: { field: 'link' } })
}
