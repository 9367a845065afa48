import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { issueToken } from '../../../src/identity/tokens/issue-token.ts'
import { createLocalKeys } from '../../../src/identity/tokens/keys/local-keys.ts'
import { createUploadLocks } from '../../../src/media/upload-locks.ts'
import { type MemoryCluster, openMemoryCluster } from '../../support/cluster/memory-cluster.ts'
import { createFileCaller, type FileCaller, sha256 } from '../../support/media/uploads.ts'

let cluster: MemoryCluster
let one: FileCaller
let two: FileCaller
beforeAll(async () => {
  cluster = await openMemoryCluster()
  const [first, second] = [await cluster.start(['api', 'relay', 'projector', 'worker']), await cluster.start(['api'])]
  const keys = await createLocalKeys(join(cluster.directory, 'keys'))
  const signing = { keys, issuer: 'backscroll', audience: 'backscroll' }
  const token = await issueToken(signing, { user: 'ann', device: 'phone', roles: ['user'], ttl: 3600 })
  one = createFileCaller(first.url, token)
  two = createFileCaller(second.url, token)
})
afterAll(() => cluster.close())

test('an upload can begin at one process and finish at another', async () => {
  const bytes = randomBytes(300_000)
  const id = await one.begin(bytes.length)
  await one.patch(id, 0, bytes.subarray(0, 100_000))
  await two.patch(id, 100_000, bytes.subarray(100_000, 200_000))
  expect((await one.patch(id, 200_000, bytes.subarray(200_000))).status).toBe(204)
  for (const process of [one, two]) {
    const got = await process.get(id)
    expect(got.bytes.equals(bytes)).toBe(true)
    expect(got.headers.get('etag')).toBe(`"${sha256(bytes)}"`)
  }
})

test('a hanging connection at one process does not block the upload at another', async () => {
  const bytes = randomBytes(100)
  const id = await one.begin(bytes.length)
  let release = () => {}
  const hanging = new ReadableStream<Uint8Array>({
    start: (controller) => {
      controller.enqueue(bytes.subarray(0, 40))
      release = () => controller.close()
    },
  })
  const stuck = one.patch(id, 0, hanging).catch(() => undefined)
  await expect.poll(() => two.offset(id), { timeout: 20_000 }).toBe(40)
  expect((await two.patch(id, 40, bytes.subarray(40))).status).toBe(204)
  release()
  await stuck
  expect((await two.get(id)).bytes.equals(bytes)).toBe(true)
}, 30_000)

test('two processes that write the same upload at once do not mix their bytes', async () => {
  const bytes = randomBytes(400_000)
  const id = await one.begin(bytes.length)
  const answers = await Promise.all([one.patch(id, 0, bytes), two.patch(id, 0, bytes)])
  expect(answers.filter(({ status }) => status === 204)).toHaveLength(1)
  expect((await one.get(id)).bytes.equals(bytes)).toBe(true)
}, 30_000)

test('the lock of a dead process expires', async () => {
  const held = new Map<string, string>()
  let isDead = false
  const leases = {
    hold: async (name: string, holder: string) => {
      const other = held.get(name)
      if (other !== undefined && other !== holder && !(isDead && other === 'dead')) return false
      held.set(name, holder)
      return true
    },
    release: async (name: string, holder: string) => void (held.get(name) === holder && held.delete(name)),
  }
  const onLeaseTrouble = () => {}
  await createUploadLocks({ leases, holder: 'dead', onLeaseTrouble }).lock('an upload', () => {})
  const alive = createUploadLocks({ leases, holder: 'alive', patienceMs: 600, onLeaseTrouble })
  await expect(alive.lock('an upload', () => {})).rejects.toMatchObject({ code: 'upload_locked' })
  isDead = true
  await (await alive.lock('an upload', () => {}))()
})

test('a lease that cannot be renewed or released is reported with its cause', async () => {
  let isAway = false
  const away = new Error('the database is away')
  const answer = async () => {
    if (isAway) throw away
    return true
  }
  const leases = { hold: answer, release: async () => void (await answer()) }
  const told: unknown[] = []
  const locks = createUploadLocks({ leases, holder: 'one', onLeaseTrouble: (error) => told.push(error) })
  const unlock = await locks.lock('an upload', () => {})
  isAway = true
  await expect.poll(() => told, { timeout: 10_000 }).toContain(away)
  const before = told.length
  await unlock()
  expect(told.length).toBeGreaterThan(before)
})
