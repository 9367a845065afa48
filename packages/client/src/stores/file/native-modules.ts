import { createRequire } from 'node:module'
import type BetterSqlite3 from 'better-sqlite3'
import type { tryLock } from 'fs-native-extensions'
import { unsupportedPlatform } from '../../errors/unsupported-platform.ts'

/**
 * The native modules of the file store are optional peers of the package: an application in a browser has no use for
 * them. Rejects with `unsupported_platform`, which names the one that is missing.
 */
const load = async <Module>(name: string, module: () => Promise<Module>): Promise<Module> => {
  try {
    return await module()
  } catch (thrown) {
    const why = `the file store needs the package ${name} (npm install better-sqlite3 fs-native-extensions)`
    throw unsupportedPlatform(name, why, thrown)
  }
}

/** From 13 on, better-sqlite3 ends a process of Node 20 instead of throwing. */
export const fits = (driverVersion: string, nodeVersion: string): boolean =>
  Number.parseInt(driverVersion, 10) < 13 || Number.parseInt(nodeVersion, 10) >= 22

export const loadSqlite = async (): Promise<typeof BetterSqlite3> => {
  const { default: Database } = await load('better-sqlite3', () => import('better-sqlite3'))
  const { version } = createRequire(import.meta.url)('better-sqlite3/package.json')
  if (fits(version, process.versions.node)) return Database
  const why = `better-sqlite3 ${version} needs Node 22 (for Node ${process.versions.node}: npm install better-sqlite3@12)`
  throw unsupportedPlatform('better-sqlite3', why)
}

export const loadFileLocks = (): Promise<{ readonly tryLock: typeof tryLock }> =>
  load('fs-native-extensions', () => import('fs-native-extensions'))
