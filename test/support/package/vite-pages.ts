import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, createLogger, preview } from 'vite'

export interface VitePages {
  readonly origin: string
  /** What Vite had to say about the build. */
  readonly warnings: readonly string[]
  close(): Promise<void>
}

const page =
  '<!doctype html><meta charset="utf-8"><title>Chat</title><script type="module" src="/chat-page.ts"></script>'

/** `folder`: of an application, which becomes a Vite project with this page. Built, and served as its files alone. */
export const openVitePages = async (folder: string, entry: URL): Promise<VitePages> => {
  await writeFile(join(folder, 'index.html'), page)
  await copyFile(fileURLToPath(entry), join(folder, 'chat-page.ts'))
  const warnings: string[] = []
  const quiet = createLogger('warn')
  const warn = (message: string) => void warnings.push(message)
  const customLogger = { ...quiet, warn, warnOnce: warn, error: warn }
  // The bundle is one file: that it is larger than Vite's own limit is known.
  await build({
    root: folder,
    configFile: false,
    logLevel: 'warn',
    customLogger,
    build: { chunkSizeWarningLimit: 1000 },
  })
  const server = await preview({
    root: folder,
    configFile: false,
    customLogger,
    preview: { port: 0, host: '127.0.0.1' },
  })
  const [origin = ''] = server.resolvedUrls?.local ?? []
  return { origin: origin.replace(/\/$/, ''), warnings, close: () => server.close() }
}
