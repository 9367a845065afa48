import { once } from 'node:events'
import { createServer } from 'node:http'
import { foreignHost } from './chromium.ts'

export interface PageServer {
  /** Where the pages are: another origin than the server's, as an application's is. */
  readonly origin: string
  /** The same pages under another name of this machine, which is another origin. */
  readonly otherOrigin: string
  /** And under a name that the test's browser takes for another machine's. */
  readonly insecureOrigin: string
  close(): Promise<void>
}

const page = '<!doctype html><meta charset="utf-8"><title>Chat</title><script type="module" src="/page.js"></script>'

/** An application's own host: any path is the page, but for the files of its bundle. */
export const openPageServer = async (files: ReadonlyMap<string, string>): Promise<PageServer> => {
  const server = createServer(({ url = '/' }, response) => {
    const script = files.get(new URL(url, 'http://page').pathname.slice(1))
    response.setHeader('content-type', script === undefined ? 'text/html' : 'text/javascript')
    response.end(script ?? page)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    origin: `http://127.0.0.1:${address.port}`,
    otherOrigin: `http://localhost:${address.port}`,
    insecureOrigin: `http://${foreignHost}:${address.port}`,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
