import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createFakeGroup, type Wanted } from '../groups/fake-group.ts'
import { sealedForm } from '../groups/sealed-form.ts'
import { departure } from '../groups/signed-act.ts'
import type { RestAnswer, RestUser } from './rest.ts'

/** A conversation, with its encryption group as its devices know it. */
export interface TestConversation {
  readonly conversationId: string
  readonly group: ReturnType<typeof createFakeGroup>
}

/** A user by name is in the conversation without a device in its group; one who comes with requests brings that device. */
type Newcomer = string | RestUser

interface Sent {
  readonly messageId: string
  readonly revision: number
  readonly seq: number
  readonly position: string
  readonly ciphertext: string
}

/** One device's chain in one conversation, over REST. */
export interface Participant {
  /** Must be accepted. */
  send(text: string, relatesTo?: object, mediaIds?: readonly string[]): Promise<Sent>
  /** A commit that adds them. */
  add(...newcomers: readonly Newcomer[]): Promise<RestAnswer>
  /** And the commit that takes the devices out of the group, if there are any; one who leaves leaves that to the others. */
  remove(userId: string): Promise<RestAnswer>
  rename(text: string): Promise<RestAnswer>
  delete(target: { messageId: string; revision: number }): Promise<RestAnswer>
  /** A commit that gives it. */
  setRole(userId: string, role: 'owner' | 'admin' | 'member'): Promise<RestAnswer>
}

export const base64 = (text: string): string => Buffer.from(text).toString('base64')

const userIdOf = (one: Newcomer): string => (typeof one === 'string' ? one : one.device.userId)

/** The devices that they bring. All of them are known to the server from now on. */
const devicesOf = async (by: RestUser, newcomers: readonly Newcomer[]) => {
  const rests = newcomers.filter((one) => typeof one !== 'string')
  await by.meet(newcomers.filter((one) => typeof one === 'string'))
  await Promise.all(rests.map((rest) => rest('GET', '/me')))
  return rests.map(({ device }) => device)
}

/** Asks again while the server has too much to do, as a client does: every command carries its number, so it counts once. */
const patient = (rest: RestUser): RestUser => {
  const ask: (...request: Parameters<RestUser>) => Promise<RestAnswer> = async (...request) => {
    for (let attempt = 0; ; attempt += 1) {
      const answer = await rest(...request)
      if (answer.json.code !== 'overloaded' || attempt === 20) return answer
      await sleep(answer.json.retryAfterMs ?? 500)
    }
  }
  return Object.assign(ask, { device: rest.device, meet: rest.meet })
}

export const participate = (
  impatient: RestUser,
  { conversationId, group }: TestConversation,
  begun = 0,
): Participant => {
  const rest = patient(impatient)
  let last = begun
  const path = `/conversations/${conversationId}`
  const numbers = () => ({ clientSeq: last + 1, afterClientSeq: last })
  const counted = (answer: RestAnswer) => {
    if (answer.status === 200) last += 1
    return answer
  }
  const message = async (fields: object) => {
    const body = { conversationId, messageId: randomUUID(), ...fields, ...numbers() }
    return counted(await rest('POST', '/messages', body))
  }
  const commit = async (wanted: Wanted) => {
    const request = group.commit(rest.device, wanted)
    const answer = counted(await rest('POST', `${path}/commits`, { ...request, ...numbers() }))
    if (answer.status === 200) group.accepted(request)
    return answer
  }
  const commitRemoval = async (userId: string) => {
    const remove = group.leaves().flatMap((leaf) => (leaf?.userId === userId ? [leaf] : []))
    if (remove.length === 0) return
    const { status, text } = await commit({ remove })
    if (status !== 200) throw new Error(`The removal of ${userId} is not committed: ${text}`)
  }
  return {
    send: async (text, relatesTo, mediaIds) => {
      const ciphertext = group.message(text)
      const { status, json } = await message({
        ciphertext,
        ...(relatesTo === undefined ? {} : { relatesTo }),
        ...(mediaIds === undefined ? {} : { mediaIds }),
      })
      if (status !== 200) throw new Error(`${text}: ${JSON.stringify(json)}`)
      return { ...json, ciphertext }
    },
    delete: ({ messageId, revision }) => message({ relatesTo: { messageId, revision, kind: 'delete' } }),
    add: async (...newcomers) => commit({ addUsers: newcomers.map(userIdOf), add: await devicesOf(rest, newcomers) }),
    remove: async (userId) => {
      const body = departure(rest.device, { conversationId, epoch: group.epoch }, userId, numbers())
      const answer = counted(await rest('DELETE', `${path}/members/${userId}`, body))
      if (answer.status === 200 && userId !== rest.device.userId) await commitRemoval(userId)
      return answer
    },
    rename: async (text) => counted(await rest('PATCH', path, { name: sealedForm(text), ...numbers() })),
    setRole: (userId, role) => commit({ role: { userId, role } }),
  }
}

/** Starts a conversation with the group of its maker's device and those that the members bring, and answers its owner's chain. */
export const startGroup = async (rest: RestUser, members: readonly Newcomer[], name = 'group') => {
  const conversationId = randomUUID()
  const group = createFakeGroup(conversationId)
  const begun = group.begin(rest.device, await devicesOf(rest, members))
  const body = { conversationId, members: members.map(userIdOf), name: sealedForm(name), group: begun }
  const answer = await patient(rest)('POST', '/conversations', { ...body, clientSeq: 1, afterClientSeq: 0 })
  if (answer.status !== 200) throw new Error(answer.text)
  const conversation = { conversationId, group }
  return { ...conversation, owner: participate(rest, conversation, 1) }
}
