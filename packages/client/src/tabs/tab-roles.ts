import { type Clock, sleep } from '../time/clock.ts'
import { createElection } from './election.ts'
import { type Notice, tabProtocol } from './tab-messages.ts'
import type { TabPlatform } from './tab-platform.ts'

export interface TabRolesDeps {
  readonly platform: TabPlatform
  readonly name: string
  readonly id: string
  readonly clock: Clock
  /** Of what tabs say to each other; default: this version's. */
  readonly version?: number | undefined
  readonly onLead: () => void
  /** Whatever led before leads no longer. */
  readonly onFollow: (leader: string) => void
  /** This tab led, and must not any more: from this very moment. */
  readonly onLost: () => void
  /** Another tab runs a newer version. */
  readonly onOutdated: () => void
}

/** Who leads: this tab, or which one. */
export interface TabRoles {
  /** The other tabs that are there, as the browser knows. */
  others(): Promise<number>
  /** It led, and found out that it cannot. */
  giveUp(): void
  end(): void
}

const pingMs = 2_000
/** Pings in a row that a leader may leave without an answer. */
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
  /** Timers of tabs that nobody looks at are slow, and the answers to pings are not: so the leader is asked, and does not tell by itself. */
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
    // One that was frozen may not know yet that it leads no longer.
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
    // The newer version goes on; this one has to be loaded anew.
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
  // Only then it says anything: whoever hears of it waits for this lock, to know when it is gone.
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

/** A new leader waits so long for tabs that are there and do not answer: frozen ones. */
const assemblyMs = 500
const lookMs = 10

/** Tabs that are there have to hear of everything from the beginning. */
export const untilJoined = async (clock: Clock, others: () => Promise<number>, joined: () => number): Promise<void> => {
  const there = await others()
  for (let waited = 0; waited < assemblyMs && joined() < there; waited += lookMs) await sleep(clock, lookMs)
}
