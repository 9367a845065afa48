import type { OpenedClient } from '../api/client-sharing.ts'
import { pack } from './packed-value.ts'
import type { Mirror } from './tab-messages.ts'

/** Pending commands are sent to the followers at most this often, unless there are only a few. */
const pauseMs = 50
const few = 50

export interface LeaderMirror {
  /** The complete state, for a tab that has just joined. */
  whole(): Mirror
  /** Sends what has changed. A large list of pending commands is delayed. */
  changed(): void
}

export interface LeaderMirrorDeps {
  readonly opened: OpenedClient
  readonly tell: (mirror: Mirror) => void
  readonly now: () => number
  readonly after: (ms: number, call: () => void) => void
}

/** Sends the followers the state that a client must answer synchronously. */
export const createLeaderMirror = ({ opened, tell, now, after }: LeaderMirrorDeps): LeaderMirror => {
  const { client } = opened
  let known = opened.identities()
  let couldProve = client.prover() !== undefined
  let toldAt = 0
  let isComing = false

  const waiting = (): Mirror => ({ pending: [...opened.pending()], commands: client.pendingCommands() })
  const identities = (): Mirror => {
    const before = known
    known = opened.identities()
    const pins = [...known.pins].filter(([userId, pin]) => before.pins.get(userId) !== pin)
    if (pins.length === 0 && known.own === before.own) return {}
    return { identityKey: known.own, pins }
  }
  const proving = (): Mirror => {
    if (couldProve) return {}
    couldProve = client.prover() !== undefined
    return couldProve ? { canProve: true } : {}
  }
  const tellWaiting = (): Mirror => {
    if (now() - toldAt >= pauseMs || client.pending() <= few) {
      toldAt = now()
      return waiting()
    }
    if (!isComing)
      after(pauseMs, () => {
        isComing = false
        tell(waiting())
      })
    isComing = true
    return {}
  }
  return {
    whole: () => ({
      ...waiting(),
      state: pack(client.state()),
      canProve: client.prover() !== undefined,
      identityKey: opened.identities().own,
      pins: [...opened.identities().pins],
      profiles: opened.profiles(),
    }),
    changed: () => tell({ ...tellWaiting(), ...identities(), ...proving() }),
  }
}
