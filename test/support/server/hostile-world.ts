import { errorKinds } from '@backscroll/protocol/errors'
import { afterAll, beforeAll, expect } from 'vitest'
import { startGroup, type TestConversation } from './conversation.ts'
import { innards } from './hostile.ts'
import { logHead } from './log.ts'
import { openServer, type ServerProcess } from './process.ts'
import { type RestAnswer, type RestUser, restOf } from './rest.ts'
import { openTokens, type Tokens } from './tokens.ts'

/** A server with a group of alice's and one of mallory's, who means harm. */
export interface HostileWorld {
  readonly server: ServerProcess
  readonly tokens: Tokens
  readonly mallory: RestUser
  /** A group that mallory is not in. */
  readonly foreign: string
  /** A message of that group: content that may appear nowhere but in answers to those who may see it. */
  readonly secret: string
  /** The attacker's own one. */
  readonly own: TestConversation
  /** Every token that was issued. */
  readonly issued: readonly string[]
  /** Still the same process, serving, with nothing after `head` in its log. */
  expectUnharmed(head: number): Promise<void>
}

/** What it says. */
export const secretText = 'nobody may log this'

const openHostileWorld = async (): Promise<HostileWorld> => {
  const server = await openServer({ env: { BACKSCROLL_LOG_LEVEL: 'trace' } })
  await server.start()
  const pid = server.pid()
  const issue = await openTokens(server.directory)
  const issued: string[] = []
  const tokens: Tokens = async (...request) => {
    const token = await issue(...request)
    issued.push(token)
    return token
  }
  const mallory = await restOf(server.url, tokens, 'mallory')
  const group = await startGroup(await restOf(server.url, tokens, 'alice'), ['bob'])
  const { ciphertext } = await group.owner.send(secretText)
  return {
    server,
    tokens,
    mallory,
    foreign: group.conversationId,
    secret: ciphertext,
    own: await startGroup(mallory, ['bob']),
    issued,
    expectUnharmed: async (head) => {
      expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
      expect([server.pid(), server.running()]).toEqual([pid, true])
      expect(logHead(server.directory)).toBe(head)
    },
  }
}

/** Opens one for the tests of a file. */
export const useHostileWorld = (): (() => HostileWorld) => {
  let world: HostileWorld | undefined
  beforeAll(async () => {
    world = await openHostileWorld()
  })
  afterAll(() => world?.server.discard())
  return () => {
    if (world === undefined) throw new Error('The server did not start')
    return world
  }
}

export const expectProblem = ({ status, type, text, json }: RestAnswer, what: string): void => {
  expect(status, `${what}: ${text.slice(0, 300)}`).toBeGreaterThanOrEqual(400)
  expect(type, what).toContain('application/problem+json')
  expect(Object.keys(errorKinds), what).toContain(json?.code)
  expect(json.code, what).not.toBe('internal')
  expect(text, what).not.toMatch(innards)
}
