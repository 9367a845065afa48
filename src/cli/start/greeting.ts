import type { Config } from '../../config/config.ts'

const where = ({ cluster, dataDirectory }: Config): string =>
  cluster === undefined ? `embedded profile, data in ${dataDirectory}` : `cluster, as ${[...cluster.roles].join(', ')}`

const pages = (url: string): string => `  WebSocket   ${url.replace(/^http/, 'ws')}/ws
  REST        ${url}
  API pages   ${url}/docs   (WebSocket protocol: ${url}/docs/ws)
`

const nextSteps = `
Get an access token:   npm run --silent token -- --user alice --device phone
Watch two users talk:  npm run demo
`

/** What a person sees after starting a server. */
export const greeting = (config: Config, url: string): string => {
  const { cluster } = config
  const serves = cluster === undefined || cluster.roles.has('api')
  return `
Backscroll is running (${where(config)})
${serves ? pages(url) : ''}  Health      ${url}/readyz   Metrics: ${url}/metrics
${cluster === undefined ? nextSteps : ''}`
}
