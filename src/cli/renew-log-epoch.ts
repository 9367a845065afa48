import { renewEpoch as renewEmbedded } from '../adapters/embedded/log/renew-epoch.ts'
import { type ClusterConfig, isClusterConfig } from '../compose/cluster/cluster-config.ts'
import { loadConfig } from '../config/config.ts'

/** The library of the cluster's log is loaded for a cluster alone. */
const renewCluster = async ({ cluster: { engines, name } }: ClusterConfig): Promise<string> => {
  const { renewEpoch } = await import('../adapters/kurrentdb/renew-epoch.ts')
  // Whichever of them was restored: what is derived is derived from all.
  const renewed: string[] = []
  for (const connectionString of engines.kurrentdb)
    renewed.push((await renewEpoch({ connectionString, namespace: name })).after)
  const logs = renewed.length === 1 ? 'log' : `${renewed.length} logs`
  return `The epoch of the ${logs} of the cluster ${name} is now ${renewed.join(', ')}. Start its processes: they make the views anew, and devices load a snapshot when they come back.`
}

const renewDirectory = (directory: string): string => {
  const { after } = renewEmbedded(directory)
  return `The log's epoch is now ${after}. Devices load a snapshot when they come back; the views are rebuilt at the next start.`
}

/**
 * `backscroll renew-epoch`: gives the log that the settings name a new epoch. What an operator can mend rejects with an
 * `OperatorError`.
 */
export const renewEpoch = async (env: Readonly<Record<string, string | undefined>>): Promise<void> => {
  const config = loadConfig(env)
  const line = isClusterConfig(config) ? await renewCluster(config) : renewDirectory(config.dataDirectory)
  process.stdout.write(`${line}\n`)
}
