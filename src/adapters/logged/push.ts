import type { Logger } from 'pino'
import type { Push } from '../../ports/push.ts'

/** Writes down whom a push service would wake, and wakes nobody. */
export const createLoggedPush = (logger: Pick<Logger, 'info'>): Push => ({
  notify: async (notices) => {
    for (const notice of notices) logger.info({ ...notice }, 'a push is due')
  },
})
