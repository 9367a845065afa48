import { setTimeout as sleep } from 'node:timers/promises'
import { encodeCheckpoint } from '../../../src/event-log/checkpoint.ts'
import { logEpoch, logHead } from './log.ts'
import type { ServerProcess } from './process.ts'
import type { RestUser } from './rest.ts'
import { openSocket } from './socket.ts'

/** A checkpoint from before the first event, as a client could make it up. */
export const origin = (server: ServerProcess): string => encodeCheckpoint(logEpoch(server.directory), [0n])

/** The text and, after it, what stands in base64 in it: for a search for content, wherever it is. */
export const withDecoded = (text: string): string => {
  const encoded = text.match(/[A-Za-z0-9+/]{4,}={0,2}/g) ?? []
  return [text, ...encoded.map((one) => Buffer.from(one, 'base64').toString('latin1'))].join('\n')
}

/**
 * Everything that the server tells a user's phone about a conversation and its messages, over every way of reading, as one text, with what
 * is in base64 decoded.
 */
export const everythingToldTo = async (
  server: ServerProcess,
  rest: RestUser,
  token: string,
  conversationId: string,
  messageIds: readonly string[],
): Promise<string> => {
  const head = (await rest('GET', `/inbox?atLeast=${logHead(server.directory)}`)).text
  const since = encodeURIComponent(origin(server))
  const paths = [
    '/inbox?limit=200',
    `/sync?since=${since}&limit=1000`,
    '/sync/snapshot?limit=200',
    `/conversations/${conversationId}`,
    `/conversations/${conversationId}/members?limit=200`,
    `/conversations/${conversationId}/events?from=0&limit=1000`,
    `/conversations/${conversationId}/group-info`,
    '/devices/phone/welcomes',
    `/messages?conversationId=${conversationId}&limit=200`,
    `/messages?conversationId=${conversationId}&after=0&limit=200`,
    ...messageIds.map((id) => `/messages/${id}/receipts`),
  ]
  const answers = await Promise.all(paths.map((path) => rest('GET', path)))
  const socket = await openSocket(server.socketUrl, token)
  await socket.connect(origin(server))
  await socket.until(() => socket.ofType('caught_up')[0], 'caught_up')
  const sync = await socket.ask({ type: 'sync', since: origin(server) })
  await sleep(50)
  socket.drop()
  return withDecoded(JSON.stringify([head, answers.map(({ text }) => text), socket.frames, sync]))
}
