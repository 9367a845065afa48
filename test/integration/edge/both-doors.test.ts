import { randomUUID } from 'node:crypto'
import { limits } from '@backscroll/protocol/limits'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Door, handshakeWith, type Outcome, requestWith, restDoor, socketDoor } from '../../support/edge/doors.ts'
import { createFileCaller } from '../../support/media/uploads.ts'
import { startGroup } from '../../support/server/conversation.ts'
import { openServer, type ServerProcess } from '../../support/server/process.ts'
import { type RestUser, restOf } from '../../support/server/rest.ts'
import { openTokens, type Tokens } from '../../support/server/tokens.ts'

/** One door, with a conversation that nothing has come into but through it. */
interface Side {
  readonly door: Door
  readonly group: Awaited<ReturnType<typeof startGroup>>
  /** The number of the last accepted command, and the revision of each message. */
  last: number
  readonly revisions: Map<string, number>
}

let server: ServerProcess
let tokens: Tokens
let alice: RestUser
let sides: readonly Side[]
/** Of alice. */
let files: readonly string[]

const sideOf = async (door: Door): Promise<Side> => {
  const group = await startGroup(alice, ['bob'])
  return { door, group, last: 1, revisions: new Map() }
}

beforeAll(async () => {
  server = await openServer({ env: { BACKSCROLL_LOG_LEVEL: 'error' }, documented: true })
  await server.start()
  tokens = await openTokens(server.directory)
  alice = await restOf(server.url, tokens, 'alice')
  const token = await tokens('alice')
  const { upload } = createFileCaller(server.url, token)
  files = [(await upload(Buffer.from('a'))).mediaId, (await upload(Buffer.from('b'))).mediaId]
  sides = [await sideOf(restDoor(server, token)), await sideOf(await socketDoor(server, token, 'phone'))]
}, 120_000)
afterAll(async () => {
  for (const { door } of sides ?? []) door.close()
  await server.discard()
})

/** What one side sends: the same for both, but for its conversation, to whose group it is encrypted. */
type Given = (side: Side) => Readonly<Record<string, unknown>>

const fields = (side: Side) => ({
  conversationId: side.group.conversationId,
  ciphertext: side.group.group.message('hello'),
  clientSeq: side.last + 1,
  afterClientSeq: side.last,
})

const sendOn = async (side: Side, body: Readonly<Record<string, unknown>>): Promise<Outcome> => {
  const outcome = await side.door.sendMessage(body)
  if ('code' in outcome || outcome.result.duplicate === true) return outcome
  side.last += 1
  side.revisions.set(String(body.messageId), Number(outcome.result.revision))
  return outcome
}

/** Through both doors; the outcome is one. */
const bothSend = async (given: Given): Promise<Outcome> => {
  const [rest, socket] = await Promise.all(sides.map((side) => sendOn(side, given(side))))
  if (rest === undefined || socket === undefined) throw new Error('two doors are needed')
  expect(socket).toEqual(rest)
  return rest
}

const message = (messageId: string, more: Given = () => ({})): Given => {
  return (side) => ({ ...fields(side), messageId, ...more(side) })
}

const [first, second, third] = [randomUUID(), randomUUID(), randomUUID()]
const about =
  (kind: string, messageId: string): Given =>
  (side) => ({ relatesTo: { messageId, revision: side.revisions.get(messageId), kind } })

const without = (given: Given, ...names: readonly string[]): Given => {
  return (side) => Object.fromEntries(Object.entries(given(side)).filter(([name]) => !names.includes(name)))
}

const good: readonly (readonly [string, Given])[] = [
  ['a message', message(first)],
  [
    'a message with all fields',
    message(second, () => ({ contentType: 'text/plain', mediaIds: files, sentAt: 1_700_000_000_000 })),
  ],
  ['a reply', message(third, about('reply', first))],
  ['an edit', message(randomUUID(), about('edit', first))],
  ['a reaction', message(randomUUID(), about('reaction', second))],
  ['what is for devices', message(randomUUID(), () => ({ control: true }))],
  ['a deletion', without(message(randomUUID(), about('delete', third)), 'ciphertext')],
  ['a message with optional fields that are absent', message(randomUUID(), () => ({ contentType: undefined }))],
]

const bad: readonly (readonly [string, string, Given])[] = [
  ['no address', 'invalid', without(message(randomUUID()), 'conversationId')],
  ['two addresses', 'invalid', message(randomUUID(), () => ({ recipientId: 'bob' }))],
  ['no ciphertext', 'invalid', without(message(randomUUID()), 'ciphertext')],
  ['a deletion with a ciphertext', 'invalid', message(randomUUID(), about('delete', first))],
  ['a control message with a type', 'invalid', message(randomUUID(), () => ({ control: true, contentType: 'a' }))],
  ['a gap', 'client_seq_gap', message(randomUUID(), ({ last }) => ({ clientSeq: last + 2, afterClientSeq: last + 1 }))],
  ['a used number', 'client_seq_conflict', message(randomUUID(), () => ({ clientSeq: 2, afterClientSeq: 1 }))],
  ['a file that is none', 'unknown_media', message(randomUUID(), () => ({ mediaIds: [...files, 'A'.repeat(32)] }))],
  ['a used id', 'message_id_taken', message(first)],
  [
    'a target that is none',
    'unknown_target',
    message(randomUUID(), () => ({ relatesTo: { messageId: first, revision: 999, kind: 'edit' } })),
  ],
  ['a deleted target', 'message_deleted', message(randomUUID(), about('reply', third))],
  ['what is no ciphertext', 'not_ciphertext', message(randomUUID(), () => ({ ciphertext: 'AAAA' }))],
  ['a conversation that is none', 'not_found', message(randomUUID(), () => ({ conversationId: randomUUID() }))],
  [
    'a stranger',
    'not_found',
    without(
      message(randomUUID(), () => ({ recipientId: 'zoe' })),
      'conversationId',
    ),
  ],
]

const hostile: readonly (readonly [string, string, Given])[] = [
  ['an unknown field', 'invalid', message(randomUUID(), () => ({ admin: true }))],
  ['an id of its own', 'invalid', message(randomUUID(), () => ({ actor: { userId: 'bob', deviceId: 'phone' } }))],
  ['a text for a number', 'invalid', message(randomUUID(), () => ({ clientSeq: '3' }))],
  ['a fraction', 'invalid', message(randomUUID(), () => ({ clientSeq: 3.5 }))],
  ['a number beyond all', 'invalid', message(randomUUID(), () => ({ clientSeq: 1e300 }))],
  ['a negative number', 'invalid', message(randomUUID(), () => ({ clientSeq: -1, afterClientSeq: -2 }))],
  ['an id that is a path', 'invalid', message('../../etc/passwd')],
  ['a stream for an id', 'invalid', message(randomUUID(), () => ({ conversationId: 'user-bob' }))],
  ['an object for a text', 'invalid', message(randomUUID(), () => ({ ciphertext: { length: 4 } }))],
  ['null for a text', 'invalid', message(randomUUID(), () => ({ ciphertext: null }))],
  [
    'too long a ciphertext',
    'invalid',
    message(randomUUID(), () => ({ ciphertext: 'A'.repeat(limits.ciphertext + 4) })),
  ],
  ['what is not base64', 'invalid', message(randomUUID(), () => ({ ciphertext: '<script>' }))],
  ['too many media', 'invalid', message(randomUUID(), () => ({ mediaIds: Array(limits.mediaIds + 1).fill('a') }))],
  ['a type with line breaks', 'invalid', message(randomUUID(), () => ({ contentType: 'a\r\nb: c' }))],
  ['a type beyond ASCII', 'invalid', message(randomUUID(), () => ({ contentType: 'caf\u00e9' }))],
  [
    'a relation with more',
    'invalid',
    message(randomUUID(), () => ({ relatesTo: { messageId: first, revision: 2, kind: 'edit', x: 1 } })),
  ],
  ['control that is false', 'invalid', message(randomUUID(), () => ({ control: false }))],
]

describe('a message through REST and through the socket', () => {
  it.each(good)('is the same event: %s', async (_, given) => {
    const outcome = await bothSend(given)
    const revision = 'result' in outcome ? Number(outcome.result.revision) : -1
    const [rest, socket] = await Promise.all(sides.map((side) => eventAt(side, revision)))
    expect(rest).toMatchObject({ revision, actor: { userId: 'alice', deviceId: 'phone' } })
    expect(socket).toEqual(rest)
  })

  it.each(bad)('is refused with the same words: %s', async (_, code, given) => {
    expect(await bothSend(given)).toMatchObject({ code })
  })

  it.each(hostile)('is refused with the same words, whatever is meant by it: %s', async (_, code, given) => {
    expect(await bothSend(given)).toMatchObject({ code })
  })

  it.each([
    ['mediaIds.1', () => ({ mediaIds: ['a', ''] })],
    ['relatesTo.revision', () => ({ relatesTo: { messageId: first, revision: 'x', kind: 'edit' } })],
    ['relatesTo.x', () => ({ relatesTo: { messageId: first, revision: 2, kind: 'edit', x: 1 } })],
    ['admin', () => ({ admin: true })],
    ['?', () => ({ '<script>': true })],
  ] as const)('names the field in the same way: %s', async (field, more) => {
    expect(await bothSend(message(randomUUID(), more))).toMatchObject({ code: 'invalid', details: { field } })
  })

  it('is the same repeat, of whichever door it came through first', async () => {
    const [one, other] = [randomUUID(), randomUUID()]
    for (const id of [one, other]) expect(await bothSend(message(id))).toMatchObject({ result: { duplicate: false } })
    expect(await bothSend(message(other, ({ last }) => ({ clientSeq: last, afterClientSeq: last - 1 })))).toMatchObject(
      {
        result: { messageId: other, duplicate: true },
      },
    )
  })
})

/** As members read it once the views have it, without what is another in each conversation. */
const eventAt = async ({ group }: Side, revision: number): Promise<unknown> => {
  const path = `/conversations/${group.conversationId}/events?from=${revision}&limit=1`
  const find = async () => (await alice('GET', path)).json.events?.[0]
  await expect.poll(find, { timeout: 10_000 }).toBeDefined()
  const { type, actor, data, ...event } = await find()
  const ciphertext = data.ciphertext && { ciphertext: typeof data.ciphertext }
  return { type, revision: event.revision, actor, data: { ...data, ...ciphertext } }
}

describe('an acknowledgement through REST and through the socket', () => {
  it.each([
    ['in order', { upToSeq: 1, status: 'read' }, {}],
    ['again', { upToSeq: 1, status: 'delivered' }, {}],
    ['beyond the last message', { upToSeq: 999, status: 'read' }, 'beyond_last_seq'],
    ['of no message', { upToSeq: 0, status: 'read' }, 'invalid'],
    ['of a text', { upToSeq: '1', status: 'read' }, 'invalid'],
    ['of another kind', { upToSeq: 1, status: 'seen' }, 'invalid'],
    ['for somebody else', { upToSeq: 1, status: 'read', userId: 'bob' }, 'invalid'],
  ])('has the same outcome: %s', async (_, body, expected) => {
    const [rest, socket] = await Promise.all(
      sides.map(({ door, group }) => door.acknowledge(group.conversationId, body)),
    )
    expect(socket).toEqual(rest)
    expect(rest).toMatchObject(typeof expected === 'string' ? { code: expected } : { result: expected })
  })

  it('of a conversation that is none is refused with the same code', async () => {
    const body = { upToSeq: 1, status: 'read' }
    for (const { door } of sides) expect(await door.acknowledge(randomUUID(), body)).toEqual({ code: 'not_found' })
  })
})

describe('the header Authorization of a request and of a handshake', () => {
  const cases: readonly (readonly [string, number, (token: string) => string])[] = [
    ['Bearer', 200, (token) => `Bearer ${token}`],
    ['bearer, in whatever case', 200, (token) => `bEaReR ${token}`],
    ['DPoP', 200, (token) => `DPoP ${token}`],
    ['more than one space', 200, (token) => `Bearer   ${token}`],
    ['nothing', 401, () => ''],
    ['a scheme alone', 401, () => 'Bearer'],
    ['a token alone', 401, (token) => token],
    ['another scheme', 401, () => 'Basic YWxpY2U6c2VjcmV0'],
    ['two tokens', 401, (token) => `Bearer ${token} ${token}`],
    ['two tokens with a comma', 401, (token) => `Bearer ${token}, Bearer ${token}`],
    ['a token in quotes', 401, (token) => `Bearer "${token}"`],
    ['a tab for the space', 401, (token) => `Bearer\t${token}`],
    ['a sign within the padding', 401, (token) => `Bearer ${token}=a`],
    ['a sign of no token', 401, (token) => `Bearer ${token}%00`],
    ['a forged token', 401, (token) => `Bearer ${token}x`],
    ['no token at all', 401, () => 'Bearer a.b.c'],
  ]

  it.each(cases)('has one grammar, and is refused in the same words: %s', async (_, status, header) => {
    const headers = { authorization: header(await tokens('carol')) }
    const refusal = await requestWith(server, headers)
    expect(refusal.status).toBe(status)
    expect(await handshakeWith(server, headers)).toEqual(refusal)
  })

  it('says of a token that has expired that it has', async () => {
    const headers = { authorization: `Bearer ${await tokens('carol', 'phone', -10)}` }
    const refusal = await requestWith(server, headers)
    expect(refusal.problem).toMatchObject({ code: 'token_expired' })
    expect(await handshakeWith(server, headers)).toEqual(refusal)
  })
})
