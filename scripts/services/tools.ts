import { accessSync, constants, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { runCommand } from './command.ts'
import type { Progress } from './engine.ts'
import { exists } from './layout.ts'

const executable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Debian keeps PostgreSQL's server out of the PATH, one folder a version; the newest comes first. */
const postgresFolders = (): string[] => {
  const base = '/usr/lib/postgresql'
  if (!exists(base)) return []
  const versions = readdirSync(base).sort((a, b) => Number(b) - Number(a))
  return versions.map((version) => join(base, version, 'bin'))
}

/** The full path of a program, or undefined. */
export const findTool = (name: string): string | undefined =>
  [...(process.env.PATH ?? '').split(delimiter), ...postgresFolders(), '/usr/local/go/bin', '/usr/sbin']
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(executable)

export const requireTool = (name: string): string => {
  const path = findTool(name)
  if (path === undefined) throw new Error(`${name} is not on this machine`)
  return path
}

export const isRoot = (): boolean => process.getuid?.() === 0

/** Whether a package of the distribution can be installed here without asking anybody. */
export const canInstallPackages = (): boolean => isRoot() && findTool('apt-get') !== undefined

export const missingTool = (tool: string, debianPackage: string): string | undefined => {
  if (findTool(tool) !== undefined || canInstallPackages()) return undefined
  return `${tool} is not on this machine, and installing the package ${debianPackage} needs root and apt-get`
}

let packagesQueue: Promise<void> = Promise.resolve()

const aptGet = (args: readonly string[], progress: Progress, doing: string): Promise<void> => {
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  return runCommand(requireTool('apt-get'), ['-o', 'DPkg::Lock::Timeout=300', ...args], {
    env,
    progress,
    doing,
    log: 'apt',
  })
}

const installPackage = async (name: string, progress: Progress): Promise<void> => {
  await aptGet(['update'], progress, 'reading the list of packages')
  await aptGet(['install', '-y', '--no-install-recommends', name], progress, `installing the package ${name}`)
}

/** Installs the package unless `tool` is there; one at a time, as apt-get wants it. */
export const ensurePackage = (tool: string, name: string, progress: Progress): Promise<void> => {
  const turn = packagesQueue.then(() => (findTool(tool) === undefined ? installPackage(name, progress) : undefined))
  packagesQueue = turn.catch(() => undefined)
  return turn
}
