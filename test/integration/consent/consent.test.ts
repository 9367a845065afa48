import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventsBeforeConsent } from '../../../src/domain/conversation/members/invitations.ts'
import { createFakeGroup } from '../../support/groups/fake-group.ts'
import { participate, startGroup } from '../../support/server/conversation.ts'
import { openServer, type ServerProcess } from '../../support/server/process.ts'
import { type RestUser, restOf } from '../../support/server/rest.ts'
import { openTokens, type Tokens } from '../../support/server/tokens.ts'

let server: ServerProcess
let tokens: Tokens
beforeAll(async () => {
  // Groups as they are when nothing is set: by people whom one knows.
  server = await openServer({
    env: { BACKSCROLL_GROUPS_FROM: '', BACKSCROLL_MAX_REQUESTS_OF_ONE: '3' },
    documented: true,
  })
  await server.start()
  tokens = await openTokens(server.directory)
})
afterAll(() => server.discard())

let people = 0
/** Somebody whom nobody has met. */
const person = async (): Promise<RestUser> => {
  people += 1
  const rest = await restOf(server.url, tokens, `person-${people}`)
  await rest('GET', '/me')
  return rest
}
const idOf = ({ device }: RestUser): string => device.userId

const startDirect = async (by: RestUser, peer: RestUser) => {
  const conversationId = directConversationId(idOf(by), idOf(peer))
  const group = createFakeGroup(conversationId)
  const body = { recipientId: idOf(peer), group: group.begin(by.device, [peer.device]) }
  const { status, json } = await by('POST', '/conversations', { ...body, clientSeq: 1, afterClientSeq: 0 })
  return { status, json, conversationId, group, by: participate(by, { conversationId, group }, 1) }
}

const requestsOf = async (user: RestUser) => (await user('GET', '/requests')).json.items
const inboxOf = async (user: RestUser): Promise<string[]> =>
  (await user('GET', '/inbox')).json.items.map((item: { conversation: { conversationId: string } }) => {
    return item.conversation.conversationId
  })
/** Nobody, as long as the views do not know the conversation. */
const membersOf = async (user: RestUser, id: string) =>
  (await user('GET', `/conversations/${id}/members`)).json.items ?? []

const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  const giveUpAt = Date.now() + 20_000
  while (!(await holds())) {
    if (Date.now() > giveUpAt) throw new Error(`It did not happen: ${what}`)
    await sleep(20)
  }
}
const untilAsked = (user: RestUser, conversationId: string) =>
  until('the request', async () => (await requestsOf(user)).some((one: object) => asks(one, conversationId)))
const asks = (one: object, conversationId: string) => 'conversationId' in one && one.conversationId === conversationId

/** A group in which `by` has put `other`. */
const askInto = async (by: RestUser, other: RestUser) => {
  const group = await startGroup(by, [other])
  await untilAsked(other, group.conversationId)
  return group
}

const since = async (user: RestUser): Promise<string> => (await user('GET', '/sync/snapshot')).json.checkpoint
const syncOf = async (user: RestUser, checkpoint: string) => {
  const { json } = await user('GET', `/sync?since=${encodeURIComponent(checkpoint)}`)
  return json.events.map(({ stream, type, revision }: { stream: { id: string }; type: string; revision: number }) => {
    return { id: stream.id, type, revision }
  })
}

describe('a group that an unknown user has made', () => {
  it('is a request: it says who asks, and until it is accepted nothing of the group is there', async () => {
    const [mallory, bob] = [await person(), await person()]
    const checkpoint = await since(bob)
    const { conversationId: id, owner } = await askInto(mallory, bob)
    await owner.send('hello')
    expect(await requestsOf(bob)).toEqual([
      { conversationId: id, kind: 'group', from: idOf(mallory), at: expect.any(Number) },
    ])
    expect(await inboxOf(bob)).toEqual([])
    for (const path of ['', '/members', '/group-info', '/events?from=0'])
      expect((await bob('GET', `/conversations/${id}${path}`)).status).toBe(404)
    expect((await bob('GET', `/messages?conversationId=${id}`)).status).toBe(404)
    expect((await bob('GET', '/devices/phone/welcomes')).json.items).toEqual([])
    expect((await bob('GET', '/sync/snapshot')).json.conversations).toEqual([])
    expect(await syncOf(bob, checkpoint)).toEqual([{ id: idOf(bob), type: 'ConversationRequested', revision: 0 }])
    expect(await membersOf(mallory, id)).toEqual([
      { userId: idOf(mallory), role: 'owner', invited: false },
      { userId: idOf(bob), role: 'member', invited: true },
    ])
  })

  it('is there whole once it is accepted, also for a device whose checkpoint is younger than the group', async () => {
    const [mallory, bob] = [await person(), await person()]
    const group = await askInto(mallory, bob)
    for (const text of ['one', 'two', 'three']) await group.owner.send(text)
    const checkpoint = await since(bob)
    const accepted = await bob('POST', `/requests/${group.conversationId}/accept`)
    expect([accepted.status, accepted.json.duplicate]).toEqual([200, false])
    await until('it is in the inbox', async () => (await inboxOf(bob)).length === 1)
    const events = (await syncOf(bob, checkpoint)).filter(({ id }: { id: string }) => id === group.conversationId)
    expect(events.map(({ revision }: { revision: number }) => revision)).toEqual([0, 1, 2, 3, 4, 5])
    expect(events.at(-1).type).toBe('InvitationAccepted')
    const { messages } = (await bob('GET', `/messages?conversationId=${group.conversationId}`)).json
    expect(messages).toHaveLength(3)
    expect(await requestsOf(bob)).toEqual([])
    const again = await bob('POST', `/requests/${group.conversationId}/accept`)
    expect([again.status, again.json.duplicate]).toEqual([200, true])
    expect((await participate(bob, group).send('thanks')).seq).toBe(4)
    expect((await membersOf(mallory, group.conversationId))[1]).toMatchObject({ invited: false })
  })

  it('is no request any more once the two share a conversation', async () => {
    const [mallory, bob] = [await person(), await person()]
    const first = await askInto(mallory, bob)
    await bob('POST', `/requests/${first.conversationId}/accept`)
    await until('they know each other', async () => (await inboxOf(bob)).length === 1)
    const second = await startGroup(mallory, [bob])
    await until('it is in the inbox', async () => (await inboxOf(bob)).includes(second.conversationId))
    expect(await requestsOf(bob)).toEqual([])
  })

  it('is none by somebody to whom one wrote a moment ago', async () => {
    for (let n = 0; n < 10; n += 1) {
      const [ann, bob] = [await person(), await person()]
      await startDirect(bob, ann)
      const group = await startGroup(ann, [bob])
      await until('it is in the inbox', async () => (await inboxOf(bob)).includes(group.conversationId))
      expect(await requestsOf(bob)).toEqual([])
    }
  })

  it('is one by somebody who has written, as long as nothing was answered', async () => {
    const [mallory, bob] = [await person(), await person()]
    const direct = await startDirect(mallory, bob)
    await direct.by.send('hello?')
    await until('it is in the inbox', async () => (await inboxOf(bob)).includes(direct.conversationId))
    await askInto(mallory, bob)
    await participate(bob, direct).send('who are you?')
    const group = await startGroup(mallory, [bob])
    await until('it is in the inbox', async () => (await inboxOf(bob)).includes(group.conversationId))
  })

  it('is none by somebody whose direct conversation was accepted', async () => {
    const [ann, bob] = [await person(), await person()]
    await bob('PATCH', '/consent', { direct: 'known' })
    const { conversationId } = await startDirect(ann, bob)
    await untilAsked(bob, conversationId)
    await askInto(ann, bob)
    await bob('POST', `/requests/${conversationId}/accept`)
    const group = await startGroup(ann, [bob])
    await until('it is in the inbox', async () => (await inboxOf(bob)).includes(group.conversationId))
  })

  it('is left by declining it, and can be offered again', async () => {
    const [mallory, bob] = [await person(), await person()]
    const group = await askInto(mallory, bob)
    expect((await bob('POST', `/requests/${group.conversationId}/decline`)).status).toBe(200)
    expect(await requestsOf(bob)).toEqual([])
    await until('the person has left', async () => (await membersOf(mallory, group.conversationId)).length === 1)
    expect((await bob('POST', `/requests/${group.conversationId}/accept`)).status).toBe(404)
    expect((await bob('GET', `/conversations/${group.conversationId}`)).status).toBe(404)
  })

  it('leaves to who was in it before what was seen then, while it waits and when it is declined', async () => {
    const [ann, bob] = [await person(), await person()]
    const group = await askInto(ann, bob)
    await bob('POST', `/requests/${group.conversationId}/accept`)
    await group.owner.send('while all are here')
    await until('the message', async () => {
      return (await bob('GET', `/messages?conversationId=${group.conversationId}`)).json.messages?.length === 1
    })
    await group.owner.remove(idOf(bob))
    await group.owner.send('while one is away')
    await bob('PATCH', '/consent', { groups: 'nobody' })
    expect((await group.owner.add(bob)).status).toBe(200)
    await untilAsked(bob, group.conversationId)
    const seen = async () => (await bob('GET', `/messages?conversationId=${group.conversationId}`)).json.messages.length
    expect(await seen()).toBe(1)
    expect((await bob('GET', `/conversations/${group.conversationId}`)).json.role).toBeNull()
    await bob('POST', `/requests/${group.conversationId}/decline`)
    await until('the person has left', async () => (await membersOf(ann, group.conversationId)).length === 1)
    expect(await seen()).toBe(1)
  })

  it('is gone when the sender removes the other user again', async () => {
    const [mallory, bob] = [await person(), await person()]
    const group = await askInto(mallory, bob)
    expect((await group.owner.remove(idOf(bob))).status).toBe(200)
    await until('the request is withdrawn', async () => (await requestsOf(bob)).length === 0)
  })

  it('is a request for who is added later, while the others are in at once', async () => {
    const [ann, friend, bob] = [await person(), await person(), await person()]
    await startDirect(friend, ann)
    const group = await startGroup(ann, [friend])
    expect((await group.owner.add(bob)).status).toBe(200)
    await untilAsked(bob, group.conversationId)
    await until('the friend is in', async () => (await inboxOf(friend)).includes(group.conversationId))
    expect(await requestsOf(friend)).toEqual([])
  })

  it('[M5] [M6] takes nothing from who has not accepted: no receipt, no message, no change', async () => {
    const [mallory, bob] = [await person(), await person()]
    const group = await askInto(mallory, bob)
    await group.owner.send('seen?')
    const ack = await bob('POST', `/conversations/${group.conversationId}/ack`, { upToSeq: 1, status: 'read' })
    expect([ack.status, ack.json.code]).toEqual([409, 'not_accepted'])
    await expect(participate(bob, group).send('no')).rejects.toThrow('not_accepted')
    expect((await participate(bob, group).rename('mine')).json.code).toBe('not_accepted')
  })
})

describe('a direct conversation', () => {
  const known = (user: RestUser) => user('PATCH', '/consent', { direct: 'known' })

  it('comes in at once, as long as its user has not said otherwise', async () => {
    const [ann, bob] = [await person(), await person()]
    const { conversationId } = await startDirect(ann, bob)
    await until('it is in the inbox', async () => (await inboxOf(bob)).includes(conversationId))
  })

  it('is a request for who wants to be asked; declined, it leaves no trace for who asked', async () => {
    const [mallory, bob] = [await person(), await person()]
    expect((await known(bob)).json).toEqual({ direct: 'known', groups: 'known' })
    const direct = await startDirect(mallory, bob)
    const { position } = await direct.by.send('hello')
    await untilAsked(bob, direct.conversationId)
    await mallory('GET', `/inbox?atLeast=${position}`)
    const before = (await mallory('GET', `/conversations/${direct.conversationId}/events?from=0`)).text
    expect((await bob('POST', `/requests/${direct.conversationId}/decline`)).status).toBe(200)
    await sleep(300)
    expect(await requestsOf(bob)).toEqual([])
    expect((await mallory('GET', `/conversations/${direct.conversationId}/events?from=0`)).text).toBe(before)
    expect(await inboxOf(bob)).toEqual([])
    expect((await direct.by.send('still there?')).seq).toBe(2)
    // A user who declined may still accept.
    expect((await bob('POST', `/requests/${direct.conversationId}/accept`)).status).toBe(200)
    await until('it is in the inbox', async () => (await inboxOf(bob)).length === 1)
    expect((await bob('GET', `/messages?conversationId=${direct.conversationId}`)).json.messages).toHaveLength(2)
  })

  it('P7: holds so much before it is accepted, and no more', async () => {
    const [mallory, bob] = [await person(), await person()]
    await known(bob)
    const direct = await startDirect(mallory, bob)
    // The start, and its group.
    for (let n = 2; n < eventsBeforeConsent; n += 1) await direct.by.send(`message ${n}`)
    await expect(direct.by.send('one more')).rejects.toThrow('request_pending')
    await untilAsked(bob, direct.conversationId)
    await bob('POST', `/requests/${direct.conversationId}/accept`)
    expect((await direct.by.send('one more')).seq).toBe(eventsBeforeConsent - 1)
  })

  it('is a request from everybody for who lets in nobody', async () => {
    const [ann, bob] = [await person(), await person()]
    const group = await askInto(ann, bob)
    await bob('POST', `/requests/${group.conversationId}/accept`)
    await until('they know each other', async () => (await inboxOf(bob)).length === 1)
    await bob('PATCH', '/consent', { direct: 'nobody', groups: 'nobody' })
    const direct = await startDirect(ann, bob)
    await untilAsked(bob, direct.conversationId)
  })
})

describe('a block', () => {
  it('lets nothing be heard of the blocked one, who sees no difference to a request that is not answered', async () => {
    const [mallory, other, bob] = [await person(), await person(), await person()]
    const asked = await askInto(mallory, bob)
    expect((await bob('PUT', `/blocks/${idOf(mallory)}`)).status).toBe(200)
    expect((await bob('GET', '/blocks')).json.items).toEqual([{ userId: idOf(mallory), since: expect.any(Number) }])
    expect(await requestsOf(bob)).toEqual([])
    await until('the person has left what came with a request', async () => {
      return (await membersOf(mallory, asked.conversationId)).length === 1
    })
    const [blocked, ignored] = [await startGroup(mallory, [bob]), await askInto(other, bob)]
    const seen = async (by: RestUser, id: string) =>
      JSON.stringify([(await by('GET', `/conversations/${id}`)).json, await membersOf(by, id)])
        .replaceAll(id, 'group')
        .replaceAll(idOf(by), 'owner')
        .replace(/"(createdAt|lastMessageAt)":\d+/g, '')
    await until('both are alike', async () => {
      return (await seen(mallory, blocked.conversationId)) === (await seen(other, ignored.conversationId))
    })
    const direct = await startDirect(mallory, bob)
    expect(direct.status).toBe(200)
    await direct.by.send('hello?')
    await sleep(300)
    expect((await requestsOf(bob)).map(({ from }: { from: string }) => from)).toEqual([idOf(other)])
    expect(await inboxOf(bob)).toEqual([])
  })

  it('hides a direct conversation that was there, and loses nothing of it', async () => {
    const [ann, bob] = [await person(), await person()]
    const direct = await startDirect(ann, bob)
    await until('it is in the inbox', async () => (await inboxOf(bob)).length === 1)
    await bob('PUT', `/blocks/${idOf(ann)}`)
    await direct.by.send('are you angry?')
    expect(await inboxOf(bob)).toEqual([])
    expect((await bob('DELETE', `/blocks/${idOf(ann)}`)).status).toBe(200)
    expect(await inboxOf(bob)).toEqual([direct.conversationId])
    await until('the message is there', async () => {
      return (await bob('GET', `/messages?conversationId=${direct.conversationId}`)).json.messages.length === 1
    })
  })
})

describe('what waits for somebody', () => {
  it('P7: is bounded for each who asks, and says how long to wait', async () => {
    const [mallory, bob] = [await person(), await person()]
    for (let n = 0; n < 3; n += 1) await askInto(mallory, bob)
    const group = createFakeGroup(randomUUID())
    const { status, json } = await mallory('POST', '/conversations', {
      ...{ conversationId: randomUUID(), members: [idOf(bob)], group: group.begin(mallory.device) },
      ...{ clientSeq: 1, afterClientSeq: 0 },
    })
    expect(status).toBeGreaterThanOrEqual(400)
    await expect(startGroup(mallory, [bob])).rejects.toThrow('request_limit')
    expect(json.code).toBeDefined()
    const other = await person()
    await askInto(other, bob)
  })

  it('is as much for a blocked one as for one who is not answered, with the same answers after that', async () => {
    const [blocked, ignored, bob] = [await person(), await person(), await person()]
    await bob('PUT', `/blocks/${idOf(blocked)}`)
    const withoutId = (refusal: string) => refusal.replace(/"requestId":"[^"]*"/, '')
    const answers = async (by: RestUser, ask: () => Promise<unknown>): Promise<readonly unknown[]> => {
      for (let n = 0; n < 3; n += 1) await ask()
      const refusals: unknown[] = []
      for (let n = 0; n < 2; n += 1)
        refusals.push(await startGroup(by, [bob]).catch(({ message }) => withoutId(message)))
      return refusals
    }
    const refusals = await answers(ignored, () => askInto(ignored, bob))
    expect(refusals).toEqual(Array.from({ length: 2 }, () => expect.stringContaining('request_limit')))
    expect(await answers(blocked, () => startGroup(blocked, [bob]))).toEqual(refusals)
    await askInto(await person(), bob)
  })

  it('outlives the server', async () => {
    const [mallory, other, bob] = [await person(), await person(), await person()]
    const group = await askInto(mallory, bob)
    await bob('PUT', `/blocks/${idOf(other)}`)
    await bob('PATCH', '/consent', { groups: 'nobody' })
    await server.stop('SIGKILL')
    await server.start()
    expect(await requestsOf(bob)).toMatchObject([{ conversationId: group.conversationId }])
    expect((await bob('GET', '/blocks')).json.items).toMatchObject([{ userId: idOf(other) }])
    expect((await bob('GET', '/consent')).json).toEqual({ direct: 'everyone', groups: 'nobody' })
  })
})

describe('what makes no sense', () => {
  it('is refused in words of the closed list', async () => {
    const [ann, bob] = [await person(), await person()]
    const group = await askInto(ann, bob)
    const stranger = await person()
    const code = async (...request: Parameters<RestUser>) => (await bob(...request)).json.code
    expect(await code('POST', `/requests/${randomUUID()}/accept`)).toBe('not_found')
    expect(await code('POST', `/requests/${randomUUID()}/decline`)).toBe('not_found')
    expect((await stranger('POST', `/requests/${group.conversationId}/accept`)).json.code).toBe('not_found')
    expect((await stranger('POST', `/requests/${group.conversationId}/decline`)).json.code).toBe('not_found')
    expect(await code('PUT', `/blocks/${idOf(bob)}`)).toBe('not_found')
    expect(await code('PUT', '/blocks/nobody-at-all')).toBe('not_found')
    expect((await bob('DELETE', '/blocks/nobody-at-all')).status).toBe(200)
    expect(await code('PATCH', '/consent', { direct: 'friends' })).toBe('invalid')
    expect(await code('PATCH', '/consent', { more: 1 })).toBe('invalid')
    expect(await code('POST', '/requests/x/accept')).toBe('invalid')
  })
})
