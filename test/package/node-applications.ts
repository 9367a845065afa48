import { execFile } from 'node:child_process'
import { cp, mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readManifest } from '../../scripts/build-client/manifests.ts'
import { type ClientWorld, openClientWorld } from '../support/client/client-world.ts'
import { type NodeMajor, nodeProgram } from '../support/package/node-versions.ts'
import type { PackedClient } from '../support/package/packed-client.ts'

/** As long as a busy machine may take. */
const slow = { timeout: 90_000 }

const consumer = new URL('./consumer/', import.meta.url)

/** What programs do in each Node that is supported, with a real server. */
export const applicationsOfNode = (client: () => PackedClient): void => {
  let world: ClientWorld | undefined
  const programs = new Map<NodeMajor, string>()
  beforeAll(async () => {
    for (const major of [20, 22, 24] as const) programs.set(major, await nodeProgram(major))
    for (const folder of [client().plain, client().withStores])
      for (const name of ['chat.js', 'file-store.js']) await cp(new URL(name, consumer), join(folder, name))
    world = await openClientWorld({ BACKSCROLL_RECEIPT_WINDOW_MS: '20' })
  }, 180_000)
  afterAll(() => world?.close())

  const run = async (major: NodeMajor, folder: string, args: readonly string[]) => {
    const options = { cwd: folder, timeout: 80_000 }
    const { stdout } = await promisify(execFile)(programs.get(major) ?? 'no program', [...args], options)
    return JSON.parse(stdout)
  }
  /** Each with two people of its own. */
  const chat = async (major: NodeMajor, folder: string) => {
    if (world === undefined) throw new Error('The server is there while tests run')
    const people = [`ann-${major}`, `bob-${major}`]
    const [ann, bob] = await Promise.all(people.map((user) => world?.token(user, 'phone') ?? ''))
    const args = [world.url(), folder, people[0] ?? '', ann ?? '', people[1] ?? '', bob ?? '']
    return run(major, client().withStores, ['chat.js', ...args])
  }
  const { version } = readManifest()
  const all = { versions: [version], texts: ['Hi Bob', 'Hi Alice'], said: ['Hi Bob', 'Hi Alice'] }

  it.concurrent.each([22, 24] as const)('chat, and know all of it after a restart, in Node %i', slow, async (major) => {
    const folder = await mkdtemp(join(client().withStores, 'stores-'))
    const told = await chat(major, folder)
    expect(told).toEqual({ ...all, node: expect.stringMatching(new RegExp(`^v${major}\\.`)) })
  })

  it.concurrent('chat in Node 20, with a WebSocket of its own and a store in memory', slow, async () => {
    expect(await chat(20, '-')).toEqual({ ...all, node: expect.stringMatching(/^v20\./) })
  })

  it.concurrent('hear which native module the file store lacks', slow, async () => {
    const told = await run(24, client().plain, ['file-store.js', './store'])
    expect(told).toMatchObject({ code: 'unsupported_platform', details: { missing: 'fs-native-extensions' } })
    expect(told.message).toContain('npm install better-sqlite3 fs-native-extensions')
  })

  it.concurrent('hear in Node 20 which better-sqlite3 it takes, instead of ending by a signal', slow, async () => {
    const told = await run(20, client().withStores, ['file-store.js', './store'])
    expect(told).toMatchObject({ code: 'unsupported_platform', details: { missing: 'better-sqlite3' } })
    expect(told.message).toContain('npm install better-sqlite3@12')
  })

  it.concurrent('hear that Node 20 has no WebSocket', slow, async () => {
    const start = `
      import { createClient, createMemoryStore } from '@backscroll/client'
      createClient({ url: 'http://localhost', userId: 'a', deviceId: 'b', store: createMemoryStore(), token: async () => '' })
        .catch(({ code, details }) => console.log(JSON.stringify({ code, details })))`
    const told = await run(20, client().plain, ['--input-type=module', '--eval', start])
    expect(told).toEqual({ code: 'unsupported_platform', details: { missing: 'WebSocket' } })
  })
}
