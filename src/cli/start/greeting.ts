import { resolve } from 'node:path'
import { type Config, loadConfig } from '../../config/config.ts'

const where = ({ cluster, dataDirectory }: Config): string =>
  cluster === undefined ? `embedded profile, data in ${dataDirectory}` : `cluster, as ${[...cluster.roles].join(', ')}`

const pages = (url: string): string => `  WebSocket   ${url.replace(/^http/, 'ws')}/ws
  REST        ${url}   (for programs; a browser shows the API pages)
  API pages   ${url}/docs   (WebSocket protocol: ${url}/docs/ws)
`

/** Quoted for a shell. */
const quoted = (path: string): string => (/^[\w./:-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`)

/** In the default directory the command finds the server's key by itself. */
const settingFor = ({ dataDirectory }: Config): string => {
  const isDefault = resolve(dataDirectory) === resolve(loadConfig({}).dataDirectory)
  return isDefault ? '' : `BACKSCROLL_DATA=${quoted(resolve(dataDirectory))} `
}

const nextSteps = (config: Config): string => `
Get an access token:   ${settingFor(config)}npm run --silent token -- --user alice --device phone
Watch two users talk:  npm run demo
`

/** What a person sees after starting a server. */
export const greeting = (config: Config, url: string): string => {
  const { cluster } = config
  const serves = cluster === undefined || cluster.roles.has('api')
  return `
Backscroll is running (${where(config)})
${serves ? pages(url) : ''}  Health      ${url}/readyz   Metrics: ${url}/metrics
${cluster === undefined ? nextSteps(config) : ''}`
}
