import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { issueToken } from '../../../src/identity/tokens/issue-token.ts'
import { createLocalKeys } from '../../../src/identity/tokens/keys/local-keys.ts'
import { type MemoryCluster, openMemoryCluster } from '../../support/cluster/memory-cluster.ts'
import { appendAtEnd } from '../../support/event-log/append-at-end.ts'
import { unknownEvent } from '../../support/event-log/events.ts'
import { startGroup } from '../../support/server/conversation.ts'
import { callerOf, restOf } from '../../support/server/rest.ts'
import { openTokens } from '../../support/server/tokens.ts'

let cluster: MemoryCluster | undefined
afterEach(() => cluster?.close())

const adminOf = async ({ directory }: MemoryCluster, url: string) => {
  const by = { keys: await createLocalKeys(join(directory, 'keys')), issuer: 'backscroll', audience: 'backscroll' }
  return callerOf(url, await issueToken(by, { user: 'root', device: 'desk', roles: ['user', 'admin'], ttl: 600 }))
}

it('a worker of a cluster parks what it cannot do, does the rest, and is asked to retry at another process', {
  timeout: 60_000,
}, async () => {
  cluster = await openMemoryCluster()
  await cluster.start(['relay', 'projector'])
  const worker = await cluster.start(['worker'])
  const front = await cluster.start(['api', 'gateway'])
  const tokens = await openTokens(cluster.directory)
  const [alice, bob] = await Promise.all(['alice', 'bob'].map((name) => restOf(front.url, tokens, name)))
  if (alice === undefined || bob === undefined) throw new Error('two users are needed')
  const admin = await adminOf(cluster, front.url)
  const group = await startGroup(alice, [bob])
  const other = await startGroup(alice, [])
  const stream = `conversation-${other.conversationId}`
  const log = cluster.hubs.logs[0]?.log
  if (log !== undefined) await appendAtEnd(log, stream, [unknownEvent('MembersAdded')])
  const report = async () => (await admin('GET', '/admin/reactions')).json
  // Others look at members who come, too.
  const own = async () =>
    (await report()).parked.filter(({ process }: { process: string }) => process === 'leave-conversations')
  await expect.poll(own, { timeout: 20_000 }).toHaveLength(1)

  expect((await bob('POST', '/me/erasure', {})).status).toBe(200)
  const members = async () => {
    const { json } = await alice('GET', `/conversations/${group.conversationId}/members`)
    return json.items.map(({ userId }: { userId: string }) => userId)
  }
  await expect.poll(members, { timeout: 20_000 }).toEqual(['alice'])
  expect(await own()).toMatchObject([{ stream, attempts: 1, type: 'MembersAdded' }])
  expect(await (await fetch(`${worker.url}/metrics`)).text()).toMatch(/^backscroll_parked_reactions [1-9]$/m)

  const retry = (process: string) => admin('POST', '/admin/reactions/retry', { process, stream })
  expect(await retry('leave-conversations')).toMatchObject({ status: 200, json: { parked: true } })
  expect(await own()).toMatchObject([{ attempts: 2 }])
  expect(await retry('remove-devices')).toMatchObject({ status: 404, json: { code: 'not_found' } })
  await worker.stop()
  expect(await retry('leave-conversations')).toMatchObject({ status: 503, json: { code: 'unavailable' } })
})
