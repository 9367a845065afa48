import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { type ClientWorld, openClientWorld } from './client-world.ts'

export interface UsedClientWorld extends ClientWorld {
  /** Where a store of this name can be: gone with the world. */
  storePath(name: string): string
}

/** One server for all tests of a `describe`, in which it is called. */
export const useClientWorld = (env: Readonly<Record<string, string>> = {}): UsedClientWorld => {
  let opened: ClientWorld | undefined
  let stores = ''
  const now = (): ClientWorld => {
    if (opened === undefined) throw new Error('The world is open while tests run')
    return opened
  }
  beforeAll(async () => {
    stores = await mkdtemp(join(tmpdir(), 'backscroll-stores-'))
    opened = await openClientWorld({ BACKSCROLL_RECEIPT_WINDOW_MS: '20', ...env })
  })
  afterAll(async () => {
    await opened?.close()
    await rm(stores, { recursive: true, force: true })
  })
  return {
    url: () => now().url(),
    get directory() {
      return now().directory
    },
    token: (...of) => now().token(...of),
    asAdmin: (...request) => now().asAdmin(...request),
    client: (...of) => now().client(...of),
    recoveryKey: (user) => now().recoveryKey(user),
    enrol: (...of) => now().enrol(...of),
    restart: () => now().restart(),
    close: () => now().close(),
    storePath: (name) => join(stores, name),
  }
}
