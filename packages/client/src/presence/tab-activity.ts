import { type Clock, systemClock } from '../time/clock.ts'
import type { ClientPresence } from './presence-api.ts'

/** The part of `document` that tells whether somebody is at the page. */
export interface PageActivity {
  readonly visibilityState: string
  addEventListener(type: string, hear: () => void, options?: { readonly passive: boolean }): void
  removeEventListener(type: string, hear: () => void): void
}

export interface TabActivityOptions {
  /** Milliseconds without input after which nobody is at the page. Default: five minutes. */
  readonly idleMs?: number
  /** Default: `document`. */
  readonly page?: PageActivity
  readonly clock?: Clock
}

const inputs = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const

/**
 * Says `away` for this page while it is hidden, or when there was no input for some minutes, and `active` when
 * somebody is back. Returns a function that stops it.
 */
export const followTabActivity = (
  presence: Pick<ClientPresence, 'setActivity'>,
  { idleMs = 300_000, page = document, clock = systemClock }: TabActivityOptions = {},
): (() => void) => {
  let inputAt = clock.now()
  let isAway: boolean | undefined
  let cancel = () => {}

  const say = (away: boolean): void => {
    if (away !== isAway) presence.setActivity(away ? 'away' : 'active')
    isAway = away
  }
  /** One timer at a time. It is not set anew at each input, which may come many times a second. */
  const look = (): void => {
    cancel()
    const left = inputAt + idleMs - clock.now()
    const isHidden = page.visibilityState === 'hidden'
    if (!isHidden && left > 0) cancel = clock.after(left, look)
    say(isHidden || left <= 0)
  }
  const noteInput = (): void => {
    inputAt = clock.now()
    if (isAway !== false) look()
  }
  const turn = (): void => {
    if (page.visibilityState !== 'hidden') inputAt = clock.now()
    look()
  }

  for (const type of inputs) page.addEventListener(type, noteInput, { passive: true })
  page.addEventListener('visibilitychange', turn)
  look()
  return () => {
    cancel()
    for (const type of inputs) page.removeEventListener(type, noteInput)
    page.removeEventListener('visibilitychange', turn)
  }
}
