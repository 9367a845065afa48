import { randomUUID } from 'node:crypto'
import type { RestAnswer, RestUser } from './server-rest.ts'

/** One device's chain in one conversation, over REST. Every command must be accepted unless the test says otherwise. */
export interface Participant {
  send(
    text: string,
    relatesTo?: object,
  ): Promise<{ messageId: string; revision: number; seq: number; position: string }>
  add(...userIds: string[]): Promise<RestAnswer>
  remove(userId: string): Promise<RestAnswer>
  rename(text: string): Promise<RestAnswer>
  delete(target: { messageId: string; revision: number }): Promise<RestAnswer>
  setRole(userId: string, role: string): Promise<RestAnswer>
}

export const cipher = (text: string): string => Buffer.from(text).toString('base64')

export const participate = (rest: RestUser, conversationId: string, begun = 0): Participant => {
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
  return {
    send: async (text, relatesTo) => {
      const { status, json } = await message({
        ciphertext: cipher(text),
        ...(relatesTo === undefined ? {} : { relatesTo }),
      })
      if (status !== 200) throw new Error(`${text}: ${JSON.stringify(json)}`)
      return json
    },
    delete: ({ messageId, revision }) => message({ relatesTo: { messageId, revision, kind: 'delete' } }),
    add: async (...userIds) => counted(await rest('POST', `${path}/members`, { userIds, ...numbers() })),
    remove: async (userId) => {
      const { clientSeq, afterClientSeq } = numbers()
      return counted(
        await rest('DELETE', `${path}/members/${userId}?clientSeq=${clientSeq}&afterClientSeq=${afterClientSeq}`),
      )
    },
    rename: async (text) => counted(await rest('PATCH', path, { name: cipher(text), ...numbers() })),
    setRole: async (userId, role) => counted(await rest('PATCH', `${path}/members/${userId}`, { role, ...numbers() })),
  }
}

/** Starts a group and answers its owner's chain. */
export const startGroup = async (rest: RestUser, members: readonly string[], name = 'group') => {
  const conversationId = randomUUID()
  const body = { conversationId, members, name: cipher(name), clientSeq: 1, afterClientSeq: 0 }
  const answer = await rest('POST', '/conversations', body)
  if (answer.status !== 200) throw new Error(answer.text)
  return { conversationId, owner: participate(rest, conversationId, 1) }
}
