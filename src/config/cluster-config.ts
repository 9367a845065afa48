import type { Config } from './config.ts'

/** The settings of a process of the cluster profile. */
export type ClusterConfig = Config & { readonly cluster: NonNullable<Config['cluster']> }

export const isClusterConfig = (config: Config): config is ClusterConfig => config.cluster !== undefined
