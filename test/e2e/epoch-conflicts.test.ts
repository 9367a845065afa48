import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createFakeGroup } from '../support/groups/fake-group.ts'
import { type DeviceName, device } from '../support/groups/mls-frames.ts'
import { departure } from '../support/groups/signed-act.ts'
import { openServer, type ServerProcess } from '../support/server/process.ts'
import { type RestUser, restOf } from '../support/server/rest.ts'
import { openTokens } from '../support/server/tokens.ts'

let server: ServerProcess
beforeAll(async () => {
  server = await openServer()
  await server.start()
})
afterAll(() => server.discard())

interface Member {
  readonly name: DeviceName
  readonly rest: RestUser
  last: number
}

const committers = Array.from({ length: 12 }, (_, index) => device(`user${index}`))
const victims = Array.from({ length: 5 }, (_, index) => device(`victim${index}`))

test('[E3] of many devices that commit for the same epoch at once exactly one wins; the others learn which epoch it is', async () => {
  const tokens = await openTokens(server.directory)
  const members: Member[] = []
  for (const name of [...committers, ...victims]) {
    const rest = await restOf(server.url, tokens, name.userId, name.deviceId)
    await rest('GET', '/me')
    members.push({ name, rest, last: 0 })
  }
  const [owner] = members
  if (owner === undefined) throw new Error('no members')
  const conversationId = randomUUID()
  const path = `/conversations/${conversationId}`
  const group = createFakeGroup(conversationId)
  const begun = group.begin(
    owner.name,
    members.slice(1).map(({ name }) => name),
  )
  const start = { conversationId, members: members.slice(1).map(({ name }) => name.userId), group: begun }
  const started = await owner.rest('POST', '/conversations', { ...start, clientSeq: 1, afterClientSeq: 0 })
  expect(started.json).toMatchObject({ duplicate: false })
  owner.last = 1

  const winners: string[] = []
  let newest = '0'
  for (const victim of victims) {
    const numbers = { clientSeq: owner.last + 1, afterClientSeq: owner.last }
    const removal = departure(owner.name, { conversationId, epoch: group.epoch }, victim.userId, numbers)
    expect((await owner.rest('DELETE', `${path}/members/${victim.userId}`, removal)).status).toBe(200)
    owner.last += 1
    const racing = members.slice(0, committers.length)
    const request = group.commit(owner.name, { remove: [victim] })
    const answers = await Promise.all(
      racing.map(async (member) => {
        const own = member === owner ? request : group.commit(member.name, { remove: [victim] })
        const numbers = { clientSeq: member.last + 1, afterClientSeq: member.last }
        return { member, answer: await member.rest('POST', `${path}/commits`, { ...own, ...numbers }) }
      }),
    )
    const won = answers.filter(({ answer }) => answer.status === 200)
    expect(won).toHaveLength(1)
    for (const { member, answer } of won) {
      newest = answer.json.position
      member.last += 1
      winners.push(member.name.userId)
    }
    group.accepted(request)
    const lost = answers.filter(({ answer }) => answer.status !== 200).map(({ answer }) => answer.json)
    expect(lost).toHaveLength(committers.length - 1)
    for (const one of lost) {
      expect(one).toMatchObject({ code: 'stale_epoch', details: { generation: 0, epoch: group.epoch } })
    }
  }

  const { json } = await owner.rest('GET', `${path}/events?from=0&atLeast=${newest}`)
  const commits = json.events.filter(({ type }: { type: string }) => type === 'GroupCommitted')
  expect(commits.map(({ data }: { data: { epoch: number } }) => data.epoch)).toEqual([1, 2, 3, 4, 5, 6])
  expect(commits.slice(1).map(({ actor }: { actor: DeviceName }) => actor.userId)).toEqual(winners)
})

test('[E5] a revoked device must leave every group that it is in before anybody sends there', async () => {
  const tokens = await openTokens(server.directory)
  const [phone, tablet, bob] = [device('zoe'), device('zoe', 'tablet'), device('bob')]
  const rests = new Map<DeviceName, RestUser>()
  for (const name of [phone, tablet, bob]) {
    const rest = await restOf(server.url, tokens, name.userId, name.deviceId)
    await rest('GET', '/me')
    rests.set(name, rest)
  }
  const rest = (name: DeviceName): RestUser => {
    const found = rests.get(name)
    if (found === undefined) throw new Error('no such device')
    return found
  }
  const groups = []
  for (let count = 0; count < 3; count += 1) {
    const conversationId = randomUUID()
    const group = createFakeGroup(conversationId)
    const body = { conversationId, members: ['bob'], group: group.begin(phone, [tablet, bob]) }
    await rest(phone)('POST', '/conversations', { ...body, clientSeq: 1, afterClientSeq: 0 })
    groups.push({ conversationId, group })
  }
  expect((await rest(phone)('DELETE', '/devices/tablet')).status).toBe(200)
  for (const { conversationId, group } of groups) {
    const waiting = async () =>
      (await rest(bob)('GET', `/conversations/${conversationId}/group-info`)).json.pendingRemovals
    await expect.poll(waiting, { timeout: 10_000 }).toEqual([tablet])
    const message = {
      conversationId,
      messageId: randomUUID(),
      ciphertext: group.message(),
      clientSeq: 1,
      afterClientSeq: 0,
    }
    const refused = await rest(bob)('POST', '/messages', message)
    expect(refused.json).toMatchObject({ code: 'commit_required', details: { devices: 'zoe/tablet' } })
    const request = { ...group.commit(bob, { remove: [tablet] }), clientSeq: 1, afterClientSeq: 0 }
    expect((await rest(bob)('POST', `/conversations/${conversationId}/commits`, request)).status).toBe(200)
    group.accepted(request)
    const back = { ...group.commit(bob, { add: [tablet] }), clientSeq: 2, afterClientSeq: 1 }
    const again = await rest(bob)('POST', `/conversations/${conversationId}/commits`, back)
    expect(again.json).toMatchObject({ code: 'commit_mismatch' })
  }
})
