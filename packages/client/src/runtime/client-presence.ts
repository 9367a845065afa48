import { type ClientPresence, createClientPresence } from '../presence/presence-api.ts'
import { createPresenceBook } from '../presence/presence-book.ts'
import type { ClientBasis } from './client-basis.ts'
import type { ClientTopics } from './client-topics.ts'
import type { ServerAccess } from './server-access.ts'

/** Keeps presence up to date over each connection. */
export const createPresence = (basis: ClientBasis, server: ServerAccess, topics: ClientTopics): ClientPresence => {
  const { clock, onError } = basis
  const { rest, connection, pacer, isLive, activity } = server
  const book = createPresenceBook({
    ...{ clock, isLive, onError },
    ask: async (type, userIds) => {
      await pacer.turn()
      return new Promise((resolve, reject) => connection.ask({ type, userIds: [...userIds] }, { resolve, reject }))
    },
  })
  topics.push.on((push) => (push.type === 'presence' ? book.told(push.presences) : undefined))
  topics.state.on(({ name }) => {
    book.connection(name === 'live')
    if (name === 'live') activity.live()
  })
  return createClientPresence({ rest, book, setActivity: activity.set, onError })
}
