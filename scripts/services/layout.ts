import { createHash } from 'node:crypto'
import { accessSync, constants, mkdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')

/** Tells the checkouts on one machine apart. */
export const checkoutId = createHash('sha256').update(root).digest('hex').slice(0, 12)

/** Everything that the services leave on this machine lies below `.services/`, which git ignores. */
export const layout = {
  root,
  home: join(root, '.services'),
  builds: join(root, '.services', 'builds'),
  data: join(root, '.services', 'data'),
  logs: join(root, '.services', 'logs'),
  pids: join(root, '.services', 'pids'),
  credentials: join(root, '.services', 'credentials'),
  state: join(root, '.services', 'state.json'),
  lock: join(root, '.services', 'lock'),
  compose: join(root, '.services', 'compose.json'),
}

export const createFolders = (): void => {
  for (const folder of [layout.home, layout.builds, layout.data, layout.logs, layout.pids]) {
    mkdirSync(folder, { recursive: true })
  }
}

const reachableByAll = (folder: string): boolean => {
  if ((statSync(folder).mode & constants.S_IXOTH) === 0) return false
  return dirname(folder) === folder || reachableByAll(dirname(folder))
}

/**
 * Where an engine keeps its data that root runs under another account: below `.services/` if that account can get there, otherwise (a
 * checkout in root's home) in a folder of this checkout's own under /var/lib, where only root makes folders.
 */
export const dataForOtherAccount = (engine: string): string => {
  if (reachableByAll(layout.data)) return join(layout.data, engine)
  return join('/var/lib', `backscroll-services-${checkoutId}-${engine}`)
}

export const exists = (path: string): boolean => {
  try {
    accessSync(path)
    return true
  } catch {
    return false
  }
}
