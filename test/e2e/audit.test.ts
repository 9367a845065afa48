import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { issueToken } from '../../src/identity/tokens/issue-token.ts'
import { createLocalKeys } from '../../src/identity/tokens/keys/local-keys.ts'
import { openServer, type ServerProcess } from '../support/server/process.ts'
import { callerOf } from '../support/server/rest.ts'

let server: ServerProcess
beforeAll(async () => {
  server = await openServer({ env: { BACKSCROLL_LOG_LEVEL: 'error' } })
  await server.start()
})
afterAll(() => server.discard())

const as = async (user: string, roles: readonly ('user' | 'admin')[] = ['user']) => {
  const signing = { keys: await createLocalKeys(join(server.directory, 'keys')), issuer: 'backscroll' }
  const token = await issueToken({ ...signing, audience: 'backscroll' }, { user, device: 'phone', roles, ttl: 3600 })
  return callerOf(server.url, token)
}

interface Entry {
  readonly act: string
  readonly userId: string
}

const auditOf = async (): Promise<readonly Entry[]> => {
  const ada = await as('ada', ['user', 'admin'])
  const items: Entry[] = []
  for (let cursor = ''; ; ) {
    const { json } = await ada('GET', `/admin/audit?limit=200${cursor}`)
    items.push(...json.items)
    if (json.cursor === undefined) return items
    cursor = `&cursor=${encodeURIComponent(json.cursor)}`
  }
}

/** Closes accounts until the server is killed. Answers those whose closing was answered. */
const closeUntilKilled = async (users: readonly string[], killAfter: number): Promise<readonly string[]> => {
  const ada = await as('ada', ['user', 'admin'])
  const answered: string[] = []
  const left = [...users]
  let killed: Promise<unknown> | undefined
  const work = async (): Promise<void> => {
    for (let user = left.shift(); user !== undefined; user = left.shift()) {
      const answer = await ada('POST', `/admin/users/${user}/deactivation?reason=spam`).catch(() => undefined)
      if (answer === undefined) return
      expect(answer.status).toBe(200)
      answered.push(user)
      if (answered.length >= killAfter) killed ??= server.stop('SIGKILL')
    }
  }
  await Promise.all([1, 2, 3, 4].map(work))
  await killed
  return answered
}

test('an act that was answered is in the audit once, and an act in the audit was done, whenever the server is killed', async () => {
  for (const round of [1, 2]) {
    const users = Array.from({ length: 24 }, (_, index) => `closed${round}x${index}`)
    for (const user of users) expect((await (await as(user))('GET', '/me')).status).toBe(200)
    const answered = await closeUntilKilled(users, 6 * round)
    await server.start()
    const told = async () =>
      (await auditOf()).flatMap(({ act, userId }) =>
        act === 'deactivate_user' && users.includes(userId) ? [userId] : [],
      )
    const ada = await as('ada', ['user', 'admin'])
    const closed: string[] = []
    for (const user of users)
      if ((await ada('GET', `/admin/users/${user}`)).json.status === 'deactivated') closed.push(user)
    expect(closed).toEqual(expect.arrayContaining([...answered]))
    // What was stored and not told before the end of the process is told after the next start.
    await expect.poll(async () => (await told()).toSorted(), { timeout: 20_000 }).toEqual(closed.toSorted())
  }
}, 120_000)
