import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { npm } from './npm.ts'

/** The newest of those that are supported besides this project's own; they come from npm, as that one does. */
const versions = { 20: '20.20.2', 22: '22.23.5' } as const

export type NodeMajor = keyof typeof versions | 24

const cache = fileURLToPath(new URL('../../../node_modules/.cache/node-versions/', import.meta.url))
const packageName = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
const program = process.platform === 'win32' ? 'bin/node.exe' : 'bin/node'

/** Installed beside and moved into place whole, for the next run as well. */
const install = async (version: string, folder: string): Promise<void> => {
  await mkdir(cache, { recursive: true })
  const beside = await mkdtemp(join(cache, 'new-'))
  await writeFile(join(beside, 'package.json'), '{ "private": true }')
  await npm(beside, ['install', '--ignore-scripts', `${packageName}@${version}`])
  await rename(beside, folder).catch(() => rm(beside, { recursive: true }))
}

/** The path of another Node's program. */
export const nodeProgram = async (major: NodeMajor): Promise<string> => {
  if (major === 24) return process.execPath
  const folder = join(cache, versions[major])
  const path = join(folder, 'node_modules', packageName, program)
  if (!existsSync(path)) await install(versions[major], folder)
  return path
}
