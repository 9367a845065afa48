import { renewEpoch as renewEmbedded } from '../../adapters/embedded/log/renew-epoch.ts'
import { type ClusterConfig, isClusterConfig } from '../../config/cluster-config.ts'
import { loadConfig } from '../../config/config.ts'
import { type JsonOption, print } from '../output.ts'
import type { Environment } from '../settings/embedded-directory.ts'
import { requireDirectory } from '../settings/existing-directory.ts'

interface Renewed {
  /** In the order of the logs. */
  readonly epochs: readonly string[]
  readonly text: string
}

/** The library of the cluster's log is loaded only for a cluster. */
const renewCluster = async ({ cluster: { engines, name } }: ClusterConfig): Promise<Renewed> => {
  const { renewEpoch } = await import('../../adapters/kurrentdb/renew-epoch.ts')
  // Whichever of them was restored: derived data comes from all of them.
  const epochs: string[] = []
  for (const connectionString of engines.kurrentdb)
    epochs.push((await renewEpoch({ connectionString, namespace: name })).after)
  const logs = epochs.length === 1 ? 'log' : `${epochs.length} logs`
  const text = `The epoch of the ${logs} of the cluster ${name} is now ${epochs.join(', ')}. Start its processes: they make the views anew, and devices load a snapshot when they come back.`
  return { epochs, text }
}

const renewDirectory = (directory: string): Renewed => {
  requireDirectory(directory)
  const { after } = renewEmbedded(directory)
  const text = `The log's epoch is now ${after}. Devices load a snapshot when they come back; the views are rebuilt at the next start.`
  return { epochs: [after], text }
}

/**
 * `backscroll renew-epoch`: gives the log that the settings name a new epoch. What an operator can resolve rejects
 * with an `OperatorError`.
 */
export const renewEpoch = async (options: JsonOption, env: Environment): Promise<void> => {
  const config = loadConfig(env)
  const { epochs, text } = isClusterConfig(config) ? await renewCluster(config) : renewDirectory(config.dataDirectory)
  print(options, { epochs }, text)
}
