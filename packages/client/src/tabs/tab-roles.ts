import { type Clock, sleep } from '../time/clock.ts'
import { createElection } from './election.ts'
import { type Notice, tabProtocol } from './tab-messages.ts'
import type { TabPlatform } from './tab-platform.ts'

export interface TabRolesDeps {
  readonly platform: TabPlatform
  readonly name: string
  readonly id: string
  readonly clock: Clock
  /** The version of the messages between tabs. Default: this SDK's. */
  readonly version?: number | undefined
  readonly onLead: () => void
  /** Another tab leads. Any leader before it has stopped. */
  readonly onFollow: (leader: string) => void
  /** This tab has stopped leading and must act on it at once. */
  readonly onLost: () => void
  /** Another tab runs a newer version. */
  readonly onOutdated: () => void
}

/** Keeps track of the leading tab. */
export interface TabRoles {
  /** How many other tabs exist, as the browser knows. */
  others(): Promise<number>
  /** Stops leading, because this tab found that it cannot. */
  giveUp(): void
  end(): void
}

const pingMs = 2_000
/** How many pings in a row a leader may leave unanswered. */
const patience = 3

type Leading = { readonly name: 'nobody' } | { readonly name: 'self' } | { readonly name: 'other'; readonly id: string }

export const presenceOf = (name: string, id = ''): string => `${name} tab ${id}`

export const createTabRoles = (deps: TabRolesDeps): TabRoles => {
  const { platform, name, id, clock, version = tabProtocol } = deps
  const { locks } = platform
  let leading: Leading = { name: 'nobody' }
  let missed = 0
  let cancel = () => {}
  let ended = false
  let leave = () => {}

  const say = (type: Notice['type'], to?: string) =>
    board.post({ version, from: id, type, ...(to !== undefined && { to }) } satisfies Notice)
  const lost = () => {
    if (leading.name !== 'self') return
    leading = { name: 'nobody' }
    deps.onLost()
  }
  const giveUp = () => {
    lost()
    election.withdraw()
  }
  const election = createElection({
    ...{ locks, name },
    onElected: () => {
      leading = { name: 'self' }
      say('lead')
      deps.onLead()
    },
    onLost: () => {
      lost()
      stand()
    },
  })
  const end = () => {
    ended = true
    cancel()
    unwatch()
    giveUp()
    leave()
    board.close()
  }
  const outdated = () => {
    end()
    deps.onOutdated()
  }
  /**
   * Background tabs have slow timers but answer messages promptly. So followers ping the leader; a heartbeat from
   * the leader would be late.
   */
  const tick = () => {
    cancel()
    if (ended) return
    if (leading.name !== 'self') {
      if (missed >= patience) {
        missed = 0
        election.steal()
      }
      missed += 1
      say('ping')
    }
    cancel = clock.after(pingMs, tick)
  }
  const stand = () => {
    if (ended) return
    missed = 0
    election.stand()
    tick()
  }
  const follow = (leader: string) => {
    missed = 0
    if (leading.name === 'other' && leading.id === leader) return
    leading = { name: 'other', id: leader }
    deps.onFollow(leader)
  }
  const answered = ({ from, version: theirs }: Notice) => {
    if (theirs !== version) return theirs > version ? outdated() : undefined
    // The sender may have been frozen, and not know yet that it has lost the lead.
    const isKnown = leading.name === 'other' && leading.id === from
    if (isKnown || leading.name === 'nobody' || (leading.name === 'other' && missed > 1)) follow(from)
  }
  const led = ({ from, version: theirs }: Notice) => {
    if (theirs !== version) return theirs > version ? outdated() : undefined
    if (leading.name === 'self') {
      giveUp()
      stand()
    }
    follow(from)
  }
  const take = (notice: Notice) => {
    if (ended || notice.from === id) return
    if (notice.type === 'lead') return led(notice)
    if (notice.type === 'pong') return notice.to === id ? answered(notice) : undefined
    if (leading.name !== 'self') return
    // The newer version continues. This tab must be reloaded.
    if (notice.version > version) outdated()
    else say('pong', notice.from)
  }
  const board = platform.open(name, (message) => take(message as Notice))
  const unwatch = platform.watch(
    () => {
      cancel()
      giveUp()
    },
    () => stand(),
  )
  // Nothing is posted before this lock is held: the leader waits for the lock to learn when the tab is gone.
  void locks.request(presenceOf(name, id), {}, () => {
    if (ended) return undefined
    stand()
    return new Promise<void>((resolve) => {
      leave = resolve
    })
  })

  return {
    giveUp: () => {
      giveUp()
      stand()
    },
    others: async () => {
      const { held = [] } = await locks.query()
      return held.filter((lock) => lock.name?.startsWith(presenceOf(name)) && lock.name !== presenceOf(name, id)).length
    },
    end,
  }
}

/** How long a new leader waits for existing tabs to join. Frozen tabs do not answer. */
const assemblyMs = 500
const lookMs = 10

/** Waits until the existing tabs have joined, so that they get every event from the start. */
export const untilJoined = async (clock: Clock, others: () => Promise<number>, joined: () => number): Promise<void> => {
  const there = await others()
  for (let waited = 0; waited < assemblyMs && joined() < there; waited += lookMs) await sleep(clock, lookMs)
}
