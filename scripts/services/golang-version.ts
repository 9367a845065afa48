import { execFileSync } from 'node:child_process'
import { findTool } from './tools.ts'

const neededMinor = 24

/** Why Go programs cannot be built here; undefined when they can. */
export const goMissing = (): string | undefined => {
  const go = findTool('go')
  if (go === undefined) return `go is not on this machine (1.${neededMinor} or later builds it)`
  const version = execFileSync(go, ['env', 'GOVERSION'], { encoding: 'utf8' }).trim()
  const [, major = '0', minor = '0'] = /^go(\d+)\.(\d+)/.exec(version) ?? []
  if (Number(major) > 1 || Number(minor) >= neededMinor) return undefined
  return `${version} is on this machine, and building it takes 1.${neededMinor} or later`
}
