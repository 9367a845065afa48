import type { IncomingMessage, ServerOptions } from 'node:http'

/** The one path whose requests may become something other than HTTP [T1]. */
const socketPath = '/ws'

/** A request that asks to become a WebSocket where there is one. */
const asksForSocket = ({ method, url = '', headers }: IncomingMessage): boolean =>
  method === 'GET' && url.split('?', 1)[0] === socketPath && headers.upgrade?.toLowerCase() === 'websocket'

/** A connection on which nothing moves for this long is closed, whatever it waits for; in milliseconds. */
export const idleMs = 90_000

/** How long a request may take to arrive, in milliseconds. */
export const requestDeadlines = { headers: 10_000, whole: 30_000 } as const

/**
 * Options of Node's HTTP server. A request for an upgrade that this server does not offer is answered as if it had
 * not asked (RFC 9110, 7.8): its socket stays the HTTP server's, with all its time-outs.
 */
export const serverOptions = (upgrades: () => boolean): ServerOptions => ({
  shouldUpgradeCallback: (request) => asksForSocket(request) && upgrades(),
  // Checked by a hook, which answers with a problem document.
  requireHostHeader: false,
  headersTimeout: requestDeadlines.headers,
  connectionsCheckingInterval: 1_000,
})
