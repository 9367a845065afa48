import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import { recordNeed, refuseMissing } from '../report/needs.ts'

/** As a shell of the machine has it: without what npm tells the scripts of this project, which would have it install here. */
const cleanEnv = (): NodeJS.ProcessEnv => {
  const own =
    /^(npm_(config_(local_)?prefix|package|lifecycle|command|node|execpath)|INIT_CWD|NODE_OPTIONS|VITEST|NODE_ENV)/i
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)))
}

const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--prefer-offline', '--loglevel=error']
const onWindows = process.platform === 'win32'

/** Resolves with what npm has written. */
export const npm = async (folder: string, args: readonly string[]): Promise<string> => {
  const options = { cwd: folder, env: cleanEnv(), shell: onWindows, maxBuffer: 16 * 2 ** 20 }
  return (await promisify(execFile)('npm', [...args, ...quiet], options)).stdout
}

const ask = (): string | undefined => {
  const answer = spawnSync('npm', ['view', 'zod', 'dist-tags.latest', '--fetch-retries=0', '--fetch-timeout=10000'], {
    encoding: 'utf8',
    env: cleanEnv(),
    shell: onWindows,
    timeout: 30_000,
  })
  return answer.status === 0 ? answer.stdout.trim() : undefined
}

/** Why npm's registry cannot be had here; undefined when it answers. Asked before a suite starts, which is skipped without. */
export const registryIsMissing = (): string | undefined => {
  const missing = 'the registry of npm does not answer'
  const answers = ask() !== undefined
  recordNeed(answers ? { need: 'npm-registry', how: 'npm', version: '' } : { need: 'npm-registry', missing })
  if (!answers) refuseMissing('npm-registry', missing)
  return answers ? undefined : missing
}
