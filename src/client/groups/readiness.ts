import { backoffMs } from '../backoff.ts'
import { BackscrollError, toBackscrollError } from '../backscroll-error.ts'
import type { ClientEvent } from '../client-events.ts'
import { sleep } from '../clock.ts'
import { E2eeError } from '../e2ee/e2ee-error.ts'
import type { Outbox } from '../outbox.ts'
import type { GroupChange, OutboxEntry } from '../outbox-entry.ts'
import { type CommandState, stateAfter } from '../pending-commands.ts'
import { requireMembers } from './admission.ts'
import type { EnterGroup } from './enter-group.ts'
import type { FollowChain } from './follow-chain.ts'
import { devicesIn, removedBy } from './follow-roster.ts'
import type { Group } from './group.ts'
import type { GroupContext } from './group-context.ts'
import type { Outsiders } from './outsiders.ts'
import { isLater } from './place.ts'
import type { Prepare } from './prepare.ts'
import type { Readers } from './readers.ts'
import type { Renewal } from './renewal.ts'

export interface ReadinessDeps extends GroupContext {
  readonly enter: EnterGroup
  readonly prepare: Prepare
  readonly renewal: Renewal
  readonly readers: Readers
  readonly outsiders: Outsiders
  readonly outbox: () => Pick<Outbox, 'insert' | 'fail' | 'drop' | 'waiting' | 'wake'>
  /** Is this user in the conversation, as far as events told? */
  readonly knows: (conversationId: string) => boolean
  readonly caughtUp: () => Promise<void>
  readonly followChain: FollowChain
  readonly tell: (event: ClientEvent) => void
  /** What keeps a conversation's commands back has changed. */
  readonly onObstacle: (conversationId: string) => void
  /** Puts a commit of the SDK's own before what waits. */
  readonly insert: (conversationId: string, change: GroupChange) => Step
  /** Brings this device into a group of a conversation that it is in. */
  readonly comeIn: (group: Group) => Promise<Step>
}

/** What to do next for what waits. `wait`: nothing can be done now, something may have changed later. */
export type Step = 'again' | 'wait'

const jitterMs = 1_500
const patience = 5

/** Decides, before each command goes out, what must come first, and does it: one thing at a time in each conversation. */
export const createReadiness = (deps: ReadinessDeps) => {
  const { engine, book, clock, enter, prepare, outsiders } = deps

  const inside = devicesIn(engine)
  const working = new Set<string>()
  /** Not looked at again before: milliseconds since the Unix epoch. */
  const held = new Map<string, { readonly until: number; readonly tries: number; readonly state: CommandState }>()
  /** Conversations that the server has and this device has not seen: how often it looked. */
  const existing = new Map<string, number>()
  /** Steps in a row that led nowhere. */
  const spins = new Map<string, number>()

  const behind = ({ state, generation, wanted }: Group): Group['stranded'] => {
    if (wanted === undefined || state === undefined) return undefined
    const here = { generation, epoch: engine.epoch(state) }
    if (isLater(wanted, here)) return 'missing'
    // Ahead of the server: it lost what this device has seen, as after a restored backup.
    return here.epoch === wanted.was && isLater(here, wanted) ? 'rolled_back' : undefined
  }
  const leaving = (group: Group): readonly string[] => inside(group).filter((name) => group.leaving.has(name))

  /** Whoever is in the tree is able to read: nobody may be whom no member let in. */
  const refusal = (group: Group): E2eeError | undefined => {
    if (group.state === undefined) return undefined
    try {
      requireMembers(group, deps.me.userId, engine.members(group.state), group.roster)
      return undefined
    } catch (thrown) {
      return thrown instanceof E2eeError ? thrown : new E2eeError('stranger')
    }
  }
  /** Nothing is sent until this has changed; told once. */
  const refuse = (group: Group, { code, details }: E2eeError): Step => {
    const { conversationId } = group
    const what = `${group.followed} ${code} ${details.userId}`
    if (group.warned !== what) deps.tell({ type: 'warning', code, conversationId, revision: undefined, details })
    group.warned = what
    return 'wait'
  }
  const isOpen = (group: Group): boolean =>
    enter.isIn(group) &&
    group.pending === undefined &&
    leaving(group).length === 0 &&
    behind(group) === undefined &&
    refusal(group) === undefined &&
    !deps.renewal.isDue(group) &&
    deps.readers.areFit(group.state) &&
    outsiders.isReadable(group) &&
    outsiders.due(group).length === 0

  const insert = ({ conversationId: id }: Group, change: GroupChange): Step => deps.insert(id, change)

  /** The answer came, the event did not yet; or the commit was given up by a process that ended. */
  const resolvePending = async (group: Group): Promise<Step> => {
    const { pending } = group
    await deps.caughtUp()
    if (group.pending !== pending || pending === undefined) return 'again'
    group.pending = undefined
    await book.save(group)
    return 'again'
  }

  /** Somebody else began it. Events that let this user in are on their way, or he is not in. */
  const awaitEntry = async (id: string): Promise<Step> => {
    await deps.caughtUp()
    if (deps.knows(id)) return 'again'
    const tries = (existing.get(id) ?? 0) + 1
    existing.set(id, tries)
    if (tries > patience) throw new BackscrollError('not_found')
    return 'wait'
  }

  const open = async (group: Group, { command, conversationId: id }: OutboxEntry): Promise<Step> => {
    if (deps.knows(id)) return deps.comeIn(group)
    const recipientId = command.kind === 'message' ? command.recipientId : undefined
    const isNew = recipientId !== undefined && (group.roster.size === 0 || group.standing === 'out')
    if (isNew && !existing.has(id)) return insert(group, { type: 'start', recipientId, members: [] })
    if (isNew) return awaitEntry(id)
    await deps.caughtUp()
    if (!deps.knows(id)) throw new BackscrollError('not_found')
    return 'again'
  }

  const catchUp = async (group: Group): Promise<Step> => {
    await deps.caughtUp()
    if (behind(group) === undefined || (await deps.followChain(group))) return 'again'
    const { conversationId, wanted } = group
    const how = behind(group)
    if (how === undefined) return 'again'
    group.stranded = how
    group.wanted = undefined
    await book.save(group)
    const code = how === 'missing' ? 'missing_commits' : how
    const details = { epoch: wanted?.epoch ?? 0 }
    deps.tell({ type: 'warning', code, conversationId, revision: undefined, details })
    return 'again'
  }

  /** Not everybody at once: who comes later finds it done. */
  const removeLeaving = async (group: Group): Promise<Step> => {
    await sleep(clock, deps.random() * jitterMs)
    return leaving(group).length === 0 ? 'again' : insert(group, { type: 'removals' })
  }

  /** What is under way is answered first. */
  const renew = (group: Group): Step => {
    const step = insert(group, { type: 'renew' })
    if (step === 'again') deps.renewal.tried(group)
    return step
  }

  const bringIn = async (group: Group): Promise<Step> => {
    const userIds = outsiders.due(group)
    outsiders.asked(group)
    const found = await Promise.all(userIds.map(hasDevices))
    const there = userIds.filter((_user, index) => found[index])
    return there.length === 0 ? 'again' : insert(group, { type: 'devices', userIds: there })
  }
  /** Nothing is told of an account that is no more, nor of one that the server does not know yet to be in: that stops nobody. */
  const hasDevices = async (userId: string): Promise<boolean> => {
    try {
      return (await deps.directory.devicesOf(userId)).count > 0
    } catch (thrown) {
      if (toBackscrollError(thrown).code === 'not_found') return false
      throw thrown
    }
  }

  /** What the SDK wanted to do has been done by somebody else, or there is nothing left to do it in. */
  const isObsolete = (group: Group, { type }: GroupChange): boolean => {
    if (type === 'removals') return leaving(group).length === 0
    if (type === 'devices') return !enter.isIn(group)
    if (type === 'renew') return !deps.renewal.isNeeded(group)
    return (type === 'begin' || type === 'rejoin') && enter.isIn(group)
  }
  const passOver = (entry: OutboxEntry): Step => {
    deps.outbox().drop(entry)
    return 'again'
  }

  /** It goes into the group as it is, or changes it. */
  const needsState = ({ command }: OutboxEntry): boolean =>
    command.kind === 'message'
      ? command.plaintext !== undefined
      : command.kind === 'group' && command.change.type === 'add'

  const step = async (group: Group, entry: OutboxEntry): Promise<Step> => {
    if (group.pending !== undefined && group.pending.clientSeq !== entry.clientSeq) return resolvePending(group)
    const { command } = entry
    if (needsState(entry)) {
      if (!enter.isIn(group)) return open(group, entry)
      if (behind(group) !== undefined) return catchUp(group)
      deps.readers.settle(group)
      if (leaving(group).length > 0) return removeLeaving(group)
      const refused = refusal(group)
      if (refused !== undefined) return refuse(group, refused)
      if (deps.renewal.isDue(group)) return renew(group)
      outsiders.requireReader(group)
      if (outsiders.due(group).length > 0) return bringIn(group)
    }
    if (command.kind === 'group' && isObsolete(group, command.change)) return passOver(entry)
    if (command.kind !== 'group' || (await prepare.prepare(group, entry, command))) return 'again'
    return passOver(entry)
  }

  /** `error`: without one only somebody else can change what keeps this device back. */
  const hold = (id: string, error?: BackscrollError) => {
    const tries = (held.get(id)?.tries ?? 0) + 1
    const waitMs = backoffMs(tries, deps.random(), error?.retryAfterMs ?? 0)
    const until = clock.now() + waitMs
    const state: CommandState = error === undefined ? { name: 'waiting_for_member' } : stateAfter(error.code, until)
    held.set(id, { until, tries, state })
    deps.onObstacle(id)
    clock.after(waitMs, () => deps.outbox().wake())
  }

  /** What the SDK wanted to do first cannot be done: what needs it fails with it, and nothing else does. */
  const failed = (group: Group, entry: OutboxEntry, thrown: unknown) => {
    const error = asError(thrown)
    if (error.temporary) return hold(group.conversationId, error)
    prepare.giveUp(group, entry)
    const { fail, drop, waiting } = deps.outbox()
    if (entry.command.kind !== 'group' || !entry.command.quiet) return fail(entry, error)
    const next = waiting(entry.conversationId).find((one) => one.clientSeq > entry.clientSeq && needsState(one))
    // Without a device more it goes on, unless whose it is has changed: that is for a person to decide.
    const mayGoOn = entry.command.change.type === 'devices' && error.code !== 'identity_changed'
    if (next === undefined || mayGoOn) deps.onError(error)
    else fail(next, error)
    if (!mayGoOn) outsiders.askAgain(group)
    drop(entry)
  }

  /** What comes after a removal is not for whoever is removed: it waits until that is accepted or refused. */
  const isRemoving = (id: string, before: number): boolean =>
    deps
      .outbox()
      .waiting(id)
      .some((entry) => entry.clientSeq < before && removedBy(entry) !== undefined)

  const isReady = (group: Group, { command, clientSeq }: OutboxEntry): boolean => {
    if (command.kind === 'rest' || command.kind === 'details' || command.kind === 'reset') return true
    if (command.kind === 'group') return group.pending?.clientSeq === clientSeq
    return command.plaintext === undefined || isOpen(group)
  }

  /** A step that changes nothing, again and again, is a mistake: it must not become a storm. */
  const spinning = (group: Group, entry: OutboxEntry): boolean => {
    const { conversationId: id } = entry
    const count = isReady(group, entry) ? 0 : (spins.get(id) ?? 0) + 1
    spins.set(id, count)
    return count > patience
  }

  const work = async (group: Group, entry: OutboxEntry) => {
    const { conversationId: id } = entry
    working.add(id)
    deps.onObstacle(id)
    try {
      const next = await step(group, entry)
      if (next === 'wait' || spinning(group, entry)) hold(id)
    } catch (thrown) {
      failed(group, entry, thrown)
    }
    working.delete(id)
    deps.outbox().wake()
  }

  return {
    ready: (entry: OutboxEntry): boolean => {
      const { conversationId: id } = entry
      const group = book.of(id)
      if (entry.command.kind === 'message' && isRemoving(id, entry.clientSeq)) return false
      if (isReady(group, entry)) return true
      if (!working.has(id) && (held.get(id)?.until ?? 0) <= clock.now()) void work(group, entry)
      return false
    },
    /** What keeps a conversation's commands back now. */
    obstacle: (id: string): CommandState | undefined => {
      const found = held.get(id)
      if (found !== undefined && found.until > clock.now()) return found.state
      return working.has(id) ? { name: 'waiting_for_commit' } : undefined
    },
    /** The server has this conversation already. */
    exists: (conversationId: string): void => {
      if (!existing.has(conversationId)) existing.set(conversationId, 0)
    },
    /** Something happened in the group: what waited may go on. */
    changed: (conversationId: string): void => {
      held.delete(conversationId)
      spins.delete(conversationId)
      deps.outbox().wake()
    },
  }
}

const codes: Readonly<Record<string, 'identity_changed' | 'no_device'>> = {
  identity_changed: 'identity_changed',
  no_device: 'no_device',
}

const asError = (thrown: unknown): BackscrollError => {
  if (!(thrown instanceof E2eeError)) return toBackscrollError(thrown)
  const code = codes[thrown.code]
  return new BackscrollError(code ?? 'encryption', {
    message: thrown.message,
    details: { ...thrown.details, reason: thrown.code },
  })
}
