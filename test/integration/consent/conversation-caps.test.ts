import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { groupInfoFrame } from '../../support/groups/mls-frames.ts'
import { openServer, type ServerProcess } from '../../support/server/process.ts'
import { type RestAnswer, type RestUser, restOf } from '../../support/server/rest.ts'
import { openTokens, type Tokens } from '../../support/server/tokens.ts'

/** Small enough to be reached. */
const caps = {
  BACKSCROLL_CONVERSATIONS_PER_HOUR: '20',
  BACKSCROLL_ADDITIONS_PER_HOUR: '1024',
  BACKSCROLL_ADDED_PER_HOUR: '15',
  BACKSCROLL_MAX_MEMBERSHIPS: '30',
}

let server: ServerProcess
let tokens: Tokens
beforeAll(async () => {
  server = await openServer({ env: caps, documented: true })
  await server.start()
  tokens = await openTokens(server.directory)
})
afterAll(() => server.discard())

/** Somebody whom the server has seen. */
const person = async (name: string): Promise<RestUser> => {
  const rest = await restOf(server.url, tokens, name)
  await rest('GET', '/me')
  return rest
}

/** A machine that has too much to do at the moment says so, which is not what is asked here. */
const patiently = async (ask: () => Promise<RestAnswer>): Promise<RestAnswer> => {
  for (;;) {
    const answer = await ask()
    if (answer.status !== 503) return answer
    await sleep(100)
  }
}

const begin = (by: RestUser, members: readonly string[], clientSeq = 1, conversationId: string = randomUUID()) => {
  const group = { groupInfo: groupInfoFrame({ conversationId, epoch: 0 }) }
  const body = { clientSeq, afterClientSeq: 0, conversationId, members, group }
  return patiently(() => by('POST', '/conversations', body))
}

test('a group with people who do not exist is refused, and says who they are', async () => {
  const ann = await person('ann')
  await person('bob')
  const answer = await begin(ann, ['bob', 'nobody-1', 'nobody-2'])
  expect([answer.status, answer.json.code]).toEqual([409, 'unknown_user'])
  expect(answer.json.details).toEqual({ users: 'nobody-1,nobody-2', count: 2 })
  const many = await begin(
    ann,
    Array.from({ length: 1000 }, () => randomUUID()),
  )
  expect(many.json.details.count).toBe(1000)
  expect(many.text.length).toBeLessThan(2_000)
  const direct = { recipientId: 'nobody-1', clientSeq: 1, afterClientSeq: 0 }
  const refused = await ann('POST', '/conversations', {
    ...direct,
    group: { groupInfo: groupInfoFrame({ conversationId: randomUUID(), epoch: 0 }) },
  })
  expect(refused.status).toBeGreaterThanOrEqual(400)
  expect((await ann('GET', '/inbox')).json.items).toEqual([])
})

test('P7: nobody is brought into more conversations in an hour than the settings say, and the victim resumes', async () => {
  const [victim, attacker, accomplice] = [await person('victim'), await person('attacker'), await person('accomplice')]
  const { checkpoint } = (await victim('GET', '/sync/snapshot')).json
  const answers = []
  for (let n = 0; n < 18; n += 1) answers.push(await begin(attacker, ['victim']))
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(15)
  const refused = answers.at(-1)?.json
  expect(refused).toMatchObject({ code: 'rate_limited', temporary: true, details: { userId: 'victim' } })
  expect(refused.details).toBeDefined()
  expect((await begin(accomplice, ['victim'])).json.code).toBe('rate_limited')
  const page = await victim('GET', `/sync?since=${encodeURIComponent(checkpoint)}`)
  expect(page.status).toBe(200)
})

test('P7: who begins more conversations than the settings allow has to wait, and is told how long', async () => {
  const eager = await person('eager')
  for (let n = 0; n < 20; n += 1) expect((await begin(eager, [])).status).toBe(200)
  const { status, json } = await begin(eager, [])
  expect([status, json.code, json.temporary]).toEqual([429, 'rate_limited', true])
  expect(json.retryAfterMs).toBeGreaterThan(60_000)
})

test('a command that is repeated is answered as before, and counts once', async () => {
  const careful = await person('careful')
  const id = randomUUID()
  for (let n = 0; n < 30; n += 1) expect((await begin(careful, [], 1, id)).json.duplicate).toBe(n > 0)
})

test('P7: who brings in more people than the settings allow has to wait', async () => {
  const host = await person('host')
  const names = Array.from({ length: 400 }, (_, n) => `guest-${n}`)
  for (let n = 0; n < names.length; n += 50) await Promise.all(names.slice(n, n + 50).map(person))
  expect((await begin(host, names)).status).toBe(200)
  expect((await begin(host, names)).status).toBe(200)
  expect((await begin(host, names)).json).toMatchObject({ code: 'rate_limited', temporary: true })
  expect((await begin(host, names.slice(0, 10))).status).toBe(200)
})

test('P7: a user who is in as many conversations as one may be is brought into no other', async () => {
  const joiner = await person('joiner')
  for (const host of ['host-1', 'host-2']) {
    const by = await person(host)
    for (let n = 0; n < 7; n += 1) expect((await begin(by, ['joiner'])).status).toBe(200)
  }
  for (let n = 0; n < 15; n += 1) expect((await begin(joiner, [])).status).toBe(200)
  const { json } = await begin(joiner, [])
  expect((await joiner('GET', `/inbox?atLeast=${json.position}`)).status).toBe(200)
  const full = await begin(joiner, [])
  expect([full.status, full.json.code]).toEqual([409, 'membership_limit'])
  expect((await begin(await person('host-3'), ['joiner'])).json.details).toEqual({ userId: 'joiner' })
})
