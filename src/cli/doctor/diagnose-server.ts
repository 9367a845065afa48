import { existsSync } from 'node:fs'
import { type ClusterConfig, isClusterConfig } from '../../config/cluster-config.ts'
import { type Config, loadConfig } from '../../config/config.ts'
import { ConfigError } from '../../config/config-problems.ts'
import { type JsonOption, print } from '../output.ts'
import type { Environment } from '../settings/embedded-directory.ts'
import { type Finding, fine, wrong } from './check.ts'
import { checkAccounts, checkReactions, checkViewsAndBlobs } from './check-data.ts'
import { checkDirectory, checkDisk } from './check-directory.ts'
import { checkFiles } from './check-files.ts'
import { checkClock, checkLog } from './check-log.ts'
import { type AskGoogle, checkPush } from './check-push.ts'

const settingsIn = (env: Environment): { readonly findings: readonly Finding[]; readonly config?: Config } => {
  try {
    return { findings: [fine('settings', 'can be used')], config: loadConfig(env) }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return { findings: error.problems.map((problem) => wrong('settings', problem)) }
  }
}

export interface DoctorOptions extends JsonOption {
  /** Also asks services on the internet. */
  readonly online?: true
}

/** Firebase's library is loaded only here. */
const askGoogle: AskGoogle = async (file) => {
  const { readFcmAccess } = await import('../../adapters/fcm/open-fcm.ts')
  await (await readFcmAccess(file)).credential.getAccessToken()
}

const inDirectory = async (
  { dataDirectory: directory, storing }: Config,
  now: number,
  options: JsonOption,
): Promise<readonly Finding[]> => {
  const files = checkDirectory(directory)
  if (!existsSync(directory)) return files
  return [
    ...files,
    await checkLog(directory, options),
    ...(await checkViewsAndBlobs(directory)),
    ...[checkAccounts(directory), checkReactions(directory)],
    ...checkFiles(directory, storing.diskReserveBytes),
    ...[checkDisk(directory), checkClock(directory, now)],
  ]
}

const inCluster = async (config: ClusterConfig): Promise<readonly Finding[]> => {
  const { checkClusterLogs } = await import('./check-cluster-logs.ts')
  const { checkClusterReactions } = await import('./check-cluster-reactions.ts')
  const { checkClusterFiles } = await import('./check-cluster-files.ts')
  return [
    ...(await checkClusterLogs(config)),
    ...[await checkClusterReactions(config), await checkClusterFiles(config)],
  ]
}

/** The libraries of a cluster's engines are loaded only for a cluster. */
const lookAt = async (config: Config, options: DoctorOptions): Promise<readonly Finding[]> => [
  ...(await (isClusterConfig(config) ? inCluster(config) : inDirectory(config, Date.now(), options))),
  ...(await checkPush(config, options.online ? askGoogle : undefined)),
]

const kindOf = ({ ok, warning }: Finding): string => (ok ? (warning ? 'note ' : 'ok   ') : 'WRONG')

const textOf = (finding: Finding): string => `${kindOf(finding)} ${finding.check}: ${finding.line}`

/** `backscroll doctor`: checks everything, changes nothing. Exit code 0: nothing was found; 1: something was. */
export const doctor = async (options: DoctorOptions, env: Environment): Promise<void> => {
  const { findings: settings, config } = settingsIn(env)
  const findings = [...settings, ...(config === undefined ? [] : await lookAt(config, options))]
  print(options, { findings }, findings.map(textOf).join('\n'))
  if (findings.some(({ ok }) => !ok)) process.exitCode = 1
}
