import type { ClientEvent } from './client-events.ts'

/** One iterator over events: a rendezvous, in which requesting the next event confirms the last one. */
export interface EventReader {
  readonly iterator: AsyncIterableIterator<ClientEvent>
  /** Resolves true when the application is done with it, false when the reader ended before it was taken. */
  give(event: ClientEvent): Promise<boolean>
  /** What was taken counts as handed over. */
  end(): void
}

interface Offer {
  readonly event: ClientEvent
  readonly done: (handedOver: boolean) => void
}

const finished: IteratorReturnResult<undefined> = { done: true, value: undefined }

export const createEventReader = (onReturn: () => void): EventReader => {
  let offer: Offer | undefined
  let taken = false
  let wanted: ((result: IteratorResult<ClientEvent, undefined>) => void) | undefined
  let ended = false

  const settle = (handedOver: boolean) => {
    const { done } = offer ?? {}
    offer = undefined
    taken = false
    done?.(handedOver)
  }
  const meet = () => {
    if (offer === undefined || taken || wanted === undefined) return
    taken = true
    wanted({ done: false, value: offer.event })
    wanted = undefined
  }
  const end = () => {
    ended = true
    wanted?.(finished)
    wanted = undefined
    settle(taken)
  }
  const iterator: AsyncIterableIterator<ClientEvent> = {
    [Symbol.asyncIterator]: () => iterator,
    next: () => {
      if (taken) settle(true)
      if (ended) return Promise.resolve(finished)
      return new Promise((resolve) => {
        wanted = resolve
        meet()
      })
    },
    return: async () => {
      onReturn()
      end()
      return finished
    },
  }
  return {
    iterator,
    give: (event) => {
      if (ended) return Promise.resolve(false)
      return new Promise((done) => {
        offer = { event, done }
        meet()
      })
    },
    end,
  }
}
