import type { EventHandler, SubscribeOptions } from '../../ports/event-log.ts'

/** The handler of a subscription to some types, for a reader that gets events of all types. */
export const ofTypes = (types: SubscribeOptions['types'], handler: EventHandler): EventHandler =>
  types === undefined
    ? handler
    : (events) => {
        const wanted = events.filter(({ type }) => types.has(type))
        return wanted.length === 0 ? undefined : handler(wanted)
      }
