import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  formatInviteLink,
  inviteIdOf,
  inviteToken,
  isJoinProof,
  joinProof,
  parseInviteLink,
} from '../../../../packages/client/src/invites/invite-link.ts'

const secret = new Uint8Array(32).fill(7)
const identityKey = Buffer.alloc(32, 9).toString('base64')
const conversationId = '6f1c2c1e-8f0a-4c0d-9a4e-2f6d5f1b7a10'
const link = { secret, userId: 'acme|ann+1', identityKey, conversationId }

test('a link says what it was made of, and all of it after the #', () => {
  for (const of of [link, { ...link, conversationId: undefined }]) {
    const text = formatInviteLink('https://chat.example.org/', of)
    expect(text.split('#')[0]).toBe('https://chat.example.org/invite')
    expect(parseInviteLink(text)).toEqual(of)
  }
})

test.each([
  '',
  'hello',
  'https://chat.example.org/invite',
  'https://chat.example.org/invite#v2/x',
  formatInviteLink('https://a.b', link).replace('acme', '%'),
  formatInviteLink('https://a.b', link).replace('acme', '%00'),
  `${formatInviteLink('https://a.b', link)}/more`,
  formatInviteLink('https://a.b', { ...link, conversationId: '../x' }),
  `#v1/${'x'.repeat(5000)}`,
])('%j is not an invite link', (text) => {
  expect(() => parseInviteLink(text)).toThrow(expect.objectContaining({ code: 'invalid' }))
})

test("the server's id is the hash of the token, and the token is not the secret", () => {
  const token = inviteToken(secret)
  expect(inviteIdOf(secret)).toBe(createHash('sha256').update(Buffer.from(token, 'base64url')).digest('base64url'))
  expect(token).not.toBe(Buffer.from(secret).toString('base64url'))
})

test('a proof is for one person, one key, one group and one link', () => {
  const joining = { conversationId, userId: 'ann', identityKey }
  const proof = joinProof(secret, joining)
  expect(isJoinProof(secret, joining, proof)).toBe(true)
  for (const other of [{ userId: 'bob' }, { identityKey: 'other' }, { conversationId: 'other' }])
    expect(isJoinProof(secret, { ...joining, ...other }, proof)).toBe(false)
  expect(isJoinProof(new Uint8Array(32), joining, proof)).toBe(false)
})
