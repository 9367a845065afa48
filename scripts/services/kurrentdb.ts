import type { Engine } from './engine.ts'

export const kurrentdb: Engine = {
  name: 'kurrentdb',
  url: (port) => `esdb://127.0.0.1:${port}?tls=false`,
  probe: async (url) => {
    const { host } = new URL(url)
    const answer = await fetch(`http://${host}/health/live`)
    if (!answer.ok) throw new Error(`not live: ${answer.status}`)
    return 'unknown'
  },
  container: () => ({
    port: 2113,
    environment: {
      KURRENTDB_INSECURE: 'true',
      KURRENTDB_CLUSTER_SIZE: '1',
      KURRENTDB_RUN_PROJECTIONS: 'None',
      // As docker-compose.yml says why.
      KURRENTDB_MAX_APPEND_SIZE: '16000000',
    },
  }),
}
