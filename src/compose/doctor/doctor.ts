import { existsSync } from 'node:fs'
import { ConfigError } from '../../config-problems.ts'
import { type Environment, embeddedDirectory } from '../commands/embedded-directory.ts'
import type { LogCommandOptions } from '../commands/log-verify.ts'
import { type Finding, fine, wrong } from './check.ts'
import { checkAccounts, checkReactions, checkViewsAndBlobs } from './check-data.ts'
import { checkDirectory, checkDisk } from './check-directory.ts'
import { checkClock, checkLog } from './check-log.ts'

const settingsIn = (env: Environment): { readonly finding: Finding; readonly directory?: string } => {
  try {
    return { finding: fine('settings', 'can be used'), directory: embeddedDirectory(env) }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return { finding: wrong('settings', error.message.replaceAll('\n', ' ').trim()) }
  }
}

const inDirectory = async (directory: string, now: number): Promise<readonly Finding[]> => {
  const files = checkDirectory(directory)
  if (!existsSync(directory)) return files
  return [
    ...files,
    await checkLog(directory),
    ...(await checkViewsAndBlobs(directory)),
    ...[checkAccounts(directory), checkReactions(directory), checkDisk(directory), checkClock(directory, now)],
  ]
}

const textOf = ({ check, ok, line }: Finding): string => `${ok ? 'ok   ' : 'WRONG'} ${check}: ${line}`

/** `backscroll doctor`: looks at everything, changes nothing. Exit code 0: nothing was found; 1: something was. */
export const doctor = async ({ json }: LogCommandOptions, env: Environment): Promise<void> => {
  const { finding, directory } = settingsIn(env)
  const findings = [finding, ...(directory === undefined ? [] : await inDirectory(directory, Date.now()))]
  const text = json ? JSON.stringify({ findings }) : findings.map(textOf).join('\n')
  process.stdout.write(`${text}\n`)
  if (findings.some(({ ok }) => !ok)) process.exitCode = 1
}
