import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { issueToken } from '../../src/identity/tokens/issue-token.ts'
import { createLocalKeys } from '../../src/identity/tokens/keys/local-keys.ts'
import type { DemoDevice } from './demo-device.ts'

/** What the devices of the demo talk to. */
export interface DemoServer {
  /** In one sentence. */
  readonly description: string
  /** The URL for the next device; in a cluster each is at another process. */
  url(): string
  /** The user id of somebody in the demo. */
  user(name: string): string
  token(user: string, device: string): Promise<string>
  /** What the server has of an event's content. */
  storedBody(conversationId: string, revision: number, asDevice: DemoDevice): Promise<Buffer>
  stop(): Promise<void>
}

const listening = async (child: ChildProcess): Promise<string> => {
  let text = ''
  child.stderr?.on('data', (chunk: Buffer) => process.stderr.write(chunk))
  for await (const chunk of child.stdout ?? []) {
    text += chunk
    const url = /REST\s+(http:\S+)/.exec(text)?.[1]
    if (url !== undefined) return url
  }
  throw new Error(`the server did not start:\n${text}`)
}

const storedBody = (directory: string, conversationId: string, revision: number): Buffer => {
  const log = new Database(join(directory, 'events.db'), { readonly: true })
  const body = log
    .prepare<[string, number], string>(
      'SELECT body FROM events JOIN streams ON streams.id = events.stream WHERE streams.name = ? AND revision = ?',
    )
    .pluck()
    .get(`conversation-${conversationId}`, revision)
  log.close()
  return Buffer.from(body ?? '', 'base64')
}

/** A server process of its own, on a free port, with its data in a temporary directory that goes away with it. */
export const startDemoServer = async (): Promise<DemoServer> => {
  const directory = await mkdtemp(join(tmpdir(), 'backscroll-demo-'))
  const main = join(import.meta.dirname, '../../src/main.ts')
  const env = { ...process.env, BACKSCROLL_DATA: directory, BACKSCROLL_PORT: '0', BACKSCROLL_LOG_LEVEL: 'warn' }
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const url = await listening(child)
  const issuer = { keys: await createLocalKeys(join(directory, 'keys')), issuer: 'backscroll', audience: 'backscroll' }
  return {
    description: `A server of its own runs at ${url} (one process, data in ${directory}).`,
    url: () => url,
    user: (name) => name,
    token: (user, device) => issueToken(issuer, { user, device, ttl: 3600 }),
    storedBody: async (conversationId, revision) => storedBody(directory, conversationId, revision),
    stop: async () => {
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
      await rm(directory, { recursive: true })
    },
  }
}
