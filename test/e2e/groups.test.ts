import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Participant, participate, startGroup } from '../support/server/conversation.ts'
import { origin } from '../support/server/everything.ts'
import { openServer, type ServerProcess } from '../support/server/process.ts'
import { type RestUser, restOf } from '../support/server/rest.ts'
import { openSocket, type ServerSocket } from '../support/server/socket.ts'
import { openTokens, type Tokens } from '../support/server/tokens.ts'

let server: ServerProcess
let tokens: Tokens
let rest: (name: string) => Promise<RestUser>
const sockets: ServerSocket[] = []

beforeAll(async () => {
  server = await openServer()
  await server.start()
  tokens = await openTokens(server.directory)
  rest = (name) => restOf(server.url, tokens, name)
})
afterAll(async () => {
  for (const socket of sockets) socket.drop()
  await server.discard()
})

/** A second device of the user, which listens. */
const listen = async (name: string): Promise<ServerSocket> => {
  const socket = await openSocket(server.socketUrl, await tokens(name, 'screen'), 'screen')
  sockets.push(socket)
  await socket.connect()
  return socket
}

const told = (socket: ServerSocket) => socket.ofType('events').flatMap(({ events }) => events)
const types = (socket: ServerSocket) => told(socket).map(({ type }) => type)
const heard = (socket: ServerSocket, count: number) =>
  socket.until(() => (told(socket).length >= count ? true : undefined), `${count} events, got ${types(socket)}`)

describe('the life of a group', () => {
  it('[C2] [C5] is one story to everybody in it, in one order, from the start to the last one who leaves', async () => {
    const screens = await Promise.all(['ann', 'ben', 'cid'].map(listen))
    const [ann, ben, cid] = await Promise.all(['ann', 'ben', 'cid'].map(rest))
    if (ann === undefined || ben === undefined || cid === undefined) throw new Error('nobody is there')

    const conversation = await startGroup(ann, [ben], 'walkers')
    const { conversationId, owner } = conversation
    const walker = participate(ben, conversation)
    const hello = await owner.send('hello ben')
    await walker.send('hello ann', { messageId: hello.messageId, revision: hello.revision, kind: 'reply' })
    await owner.add(cid)
    const third = participate(cid, conversation)
    const typo = await third.send('helo')
    await third.send('hello', { messageId: typo.messageId, revision: typo.revision, kind: 'edit' })
    await walker.send('wave', { messageId: typo.messageId, revision: typo.revision, kind: 'reaction' })
    await owner.rename('talkers')
    await owner.setRole('ben', 'admin')
    await walker.delete(typo)
    await walker.remove('cid')
    await owner.send('cid is gone')
    await owner.setRole('ben', 'owner')
    const last = await owner.send('bye')
    await leave(ann, conversationId, owner)
    const end = await leave(ben, conversationId, walker)

    const story = [
      ...['ConversationStarted', 'GroupCommitted', 'MessageSent', 'MessageSent', 'MembersAdded', 'GroupCommitted'],
      ...['MessageSent', 'MessageEdited', 'MessageReacted', 'ConversationRenamed', 'RoleChanged', 'GroupCommitted'],
      ...['MessageDeleted', 'MemberRemoved', 'GroupCommitted', 'MessageSent', 'RoleChanged', 'GroupCommitted'],
      ...['MessageSent', 'MemberLeft', 'MemberLeft'],
    ]
    const [annsScreen, bensScreen, cidsScreen] = screens
    if (annsScreen === undefined || bensScreen === undefined || cidsScreen === undefined) throw new Error('no screen')
    await heard(bensScreen, story.length)
    expect(types(bensScreen)).toEqual(story)
    expect(told(bensScreen).map(({ revision }) => revision)).toEqual(story.map((_, revision) => revision))
    expect(types(annsScreen)).toEqual(story.slice(0, -1))
    expect(types(cidsScreen)).toEqual(story.slice(4, 14))
    expect(last.seq).toBe(5)
    expect((await ben('GET', `/conversations/${conversationId}?atLeast=${end}`)).json.role).toBeNull()
  })

  it('[M4] [R1] reads the same by history, stream and resume: edited, reacted to, deleted', async () => {
    const [ann, ben] = await Promise.all(['eve', 'fay'].map(rest))
    if (ann === undefined || ben === undefined) throw new Error('nobody is there')
    const conversation = await startGroup(ann, [ben])
    const { conversationId, owner } = conversation
    const kept = await owner.send('first')
    const edit = await owner.send('first, edited', { messageId: kept.messageId, revision: kept.revision, kind: 'edit' })
    const gone = await owner.send('second')
    const heart = await participate(ben, conversation).send('heart', {
      messageId: kept.messageId,
      revision: kept.revision,
      kind: 'reaction',
    })
    const { json: deletion } = await owner.delete(gone)

    const { json: history } = await ben(
      'GET',
      `/messages?conversationId=${conversationId}&atLeast=${deletion.position}`,
    )
    expect(history.messages).toMatchObject([
      { messageId: kept.messageId, ciphertext: edit.ciphertext, reactions: [{ ciphertext: heart.ciphertext }] },
      { messageId: gone.messageId, ciphertext: null, deleted: { by: 'eve' } },
    ])
    const { json: stream } = await ben('GET', `/conversations/${conversationId}/events`)
    const { json: synced } = await ben('GET', `/sync?since=${encodeURIComponent(origin(server))}`)
    expect(synced.events).toEqual(stream.events)
    expect(JSON.stringify([history, stream, synced])).not.toContain(gone.ciphertext)
  })

  it('[M3] each rule is refused by its name and leaves the chain where it was', async () => {
    const [ann, ben] = await Promise.all(['gus', 'hal'].map(rest))
    if (ann === undefined || ben === undefined) throw new Error('nobody is there')
    const conversation = await startGroup(ann, [ben])
    const { owner } = conversation
    const member = participate(ben, conversation)
    const code = (answer: { readonly json: { readonly code: string } }) => answer.json.code
    expect(code(await member.add('ivy'))).toBe('forbidden')
    expect(code(await member.remove('gus'))).toBe('forbidden')
    expect(code(await member.rename('mine'))).toBe('forbidden')
    expect(code(await owner.add('hal'))).toBe('already_member')
    expect(code(await owner.remove('ivy'))).toBe('not_a_member')
    expect(code(await owner.setRole('ivy', 'admin'))).toBe('not_a_member')
    expect(code(await owner.remove('gus'))).toBe('last_owner')
    const message = await member.send('still in order')
    expect(message).toMatchObject({ seq: 1, revision: 2 })
  })
})

/** Leaves. Answers the position of that. */
const leave = async (user: RestUser, conversationId: string, chain: Participant): Promise<string> => {
  const { json } = await user('GET', '/me')
  const answer = await chain.remove(json.userId)
  expect(answer.status, `${conversationId}: ${answer.text}`).toBe(200)
  return answer.json.position
}
