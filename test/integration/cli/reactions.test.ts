import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openEmbeddedLog } from '../../../src/adapters/embedded/log/embedded-log.ts'
import { openAccountsFile } from '../../../src/adapters/sql/database/open-sqlite.ts'
import { type CliWorld, openCliWorld } from '../../support/cli/world.ts'
import { appendAtEnd } from '../../support/event-log/append-at-end.ts'
import { unknownEvent } from '../../support/event-log/events.ts'
import { startGroup } from '../../support/server/conversation.ts'
import type { ServerProcess } from '../../support/server/process.ts'

let world: CliWorld<'alice' | 'bob' | 'carol'>
let server: ServerProcess
let users: (typeof world)['users']

beforeEach(async () => {
  world = await openCliWorld(['alice', 'bob', 'carol'])
  ;({ server, users } = world)
})
afterEach(() => server.discard())

const list = async () => JSON.parse((await world.cli('reactions', 'list', '--json')).stdout)
const membersOf = async (conversationId: string): Promise<readonly string[]> => {
  const { json } = await users.alice('GET', `/conversations/${conversationId}/members`)
  return json.items.map(({ userId }: { userId: string }) => userId)
}

/** While no server runs: the process stands still at the next event of this stream. */
const parkAhead = async (stream: string, type: string, revision = 0) => {
  const log = await openEmbeddedLog({ directory: server.directory })
  const { epoch } = log
  await log.close()
  const accounts = await openAccountsFile({ directory: server.directory })
  const place = { process: 'leave-conversations', epoch, stream, revision, position: 1n, type }
  await accounts.parkReaction({ ...place, attempts: 3, error: 'Error: the disk said \u001b[31mno', at: 1 })
  await accounts.close()
}

describe('backscroll reactions', { timeout: 120_000 }, () => {
  it('shows what is parked, retries it when it is asked to, and everybody else goes on meanwhile', async () => {
    const group = await startGroup(users.alice, [users.bob, users.carol])
    expect(await world.cli('reactions', 'list')).toMatchObject({ code: 0, stdout: 'Nothing is parked.\n' })
    await server.stop('SIGTERM')
    await parkAhead('user-bob', 'UserErased')
    await server.start()

    for (const name of ['bob', 'carol'] as const)
      expect((await users[name]('POST', '/me/erasure', {})).status).toBe(200)
    await expect.poll(() => membersOf(group.conversationId), { timeout: 20_000 }).toEqual(['alice', 'bob'])
    expect(await list()).toEqual({
      parked: [
        {
          ...{ process: 'leave-conversations', stream: 'user-bob', revision: 0, position: '1', type: 'UserErased' },
          ...{ attempts: 3, error: expect.stringContaining('the disk said'), at: 1 },
        },
      ],
      parkedCount: 1,
    })
    const table = await world.cli('reactions', 'list')
    expect([table.code, table.stdout]).toEqual([1, expect.stringContaining('user-bob')])
    expect(table.stdout).not.toContain('\u001b[31mno')
    const doctor = await world.cli('doctor')
    expect([doctor.code, doctor.stdout]).toEqual([1, expect.stringMatching(/^WRONG reactions: .*reactions retry/m)])
    expect(await (await fetch(`${server.url}/metrics`)).text()).toMatch(/^backscroll_parked_reactions 1$/m)

    const retried = await world.cli('reactions', 'retry', 'leave-conversations', 'user-bob')
    expect(retried).toMatchObject({ code: 0, stdout: 'All of it is done.\n' })
    await expect.poll(() => membersOf(group.conversationId), { timeout: 20_000 }).toEqual(['alice'])
    expect(await world.cli('reactions', 'list')).toMatchObject({ code: 0 })
    const unknown = await world.cli('reactions', 'retry', 'leave-conversations', 'user-bob')
    expect(unknown).toMatchObject({ code: 78, stderr: expect.stringContaining('is not parked') })
    expect((await users.alice('GET', '/admin/reactions')).status).toBe(403)
  })

  it('says why it had to be parked again', async () => {
    const group = await startGroup(users.alice, [users.bob])
    await server.stop('SIGTERM')
    const log = await openEmbeddedLog({ directory: server.directory })
    const stream = `conversation-${group.conversationId}`
    await appendAtEnd(log, stream, [unknownEvent('MembersAdded')])
    await log.close()
    await server.start()
    // Others look at members who come, too.
    const own = async () =>
      (await list()).parked.filter(({ process }: { process: string }) => process === 'leave-conversations')
    await expect.poll(own, { timeout: 20_000 }).toHaveLength(1)
    expect(server.output()).toContain('what follows from an event could not be done and was parked')
    const retried = await world.cli('reactions', 'retry', 'leave-conversations', stream)
    expect([retried.code, retried.stdout]).toEqual([1, expect.stringContaining('MembersAdded v99')])
    expect(await own()).toMatchObject([{ attempts: 2, stream }])
  })
})
