import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BackscrollClient, ClientOptions, CoreClient } from '../../../packages/client/src/api/client-api.ts'
import type { MessageRef } from '../../../packages/client/src/api/client-commands.ts'
import { BackscrollError } from '../../../packages/client/src/errors/backscroll-error.ts'
import { createClient } from '../../../packages/client/src/runtime/create-client.ts'
import { conversationTypes } from '../client/client-log.ts'
import { type ChaosProxy, openChaosProxy } from '../network/tcp-proxy.ts'
import { createDisk, type Life, startLife } from './crash.ts'
import { createJournal, type Journal } from './journal.ts'

type Outcome =
  | { readonly kind: 'waiting' | 'stopped' | 'orphaned' }
  | { readonly kind: 'accepted'; readonly revision: number }
  | { readonly kind: 'rejected'; readonly code: string }

/** A command that the application gave, and what its promise said. */
interface Given {
  /** The id of a message; a group command is known by its promise alone. */
  readonly messageId: string | undefined
  readonly conversationId: string
  readonly text: string | undefined
  outcome: Outcome
}

type Work = (client: CoreClient) => Promise<{ readonly revision: number }>

export interface ChaosDevice {
  readonly userId: string
  readonly deviceId: string
  readonly proxy: ChaosProxy
  readonly journal: Journal
  readonly given: readonly Given[]
  readonly client: () => BackscrollClient | undefined
  /** A text that no other message has, numbered in the order in which this device sends. */
  nextText(): string
  give(conversationId: string, text: string | undefined, work: (messageId: string) => Work): void
  /** Each event takes the application this long from now on. */
  slowDown(ms: number): void
  start(): Promise<void>
  crash(): void
  close(): Promise<void>
  /** Ids of the messages that the store held when a process crashed. */
  readonly held: ReadonlySet<string>
  /** The last things that went over its network. */
  readonly trace: readonly string[]
}

export interface DeviceWorld {
  /** Where the next connection goes. */
  readonly port: () => number
  readonly token: (user: string, device: string) => Promise<string>
  readonly random: () => number
  readonly logHeads: () => Promise<readonly number[]>
  /** Lets a client of the user in where it needs an approval. */
  readonly approve: (userId: string, client: BackscrollClient) => void
}

const heldBy = (records: ReadonlyMap<string, unknown>, given: readonly Given[]): string[] => {
  const text = JSON.stringify([...records])
  return given.flatMap(({ messageId }) => (messageId !== undefined && text.includes(messageId) ? [messageId] : []))
}

const traced = 4_000

export const openDevice = async (world: DeviceWorld, userId: string, deviceId: string): Promise<ChaosDevice> => {
  const proxy = await openChaosProxy(world.port)
  const disk = createDisk()
  const journal = createJournal(`${userId}/${deviceId}`, world.logHeads)
  const given: Given[] = []
  const held = new Set<string>()
  const trace: string[] = []
  let life: Life | undefined
  let client: BackscrollClient | undefined
  let crashedBefore = false
  /** An application that takes no time at all hides what a crash in the middle of it does. */
  let slowMs = 2
  let texts = 0

  const note = (line: string) => {
    if (trace.length >= traced) trace.splice(0, traced / 2)
    trace.push(`${new Date().toISOString()} ${line}`)
  }
  const listen = (to: CoreClient, during: Life) => {
    for (const type of conversationTypes)
      to.on(type, async (event) => {
        if (slowMs > 0 && type === 'message') await sleep(slowMs)
        if (!during.crashed()) journal.take(event)
      })
  }
  const settle = (entry: Given, during: Life, outcome: Outcome) => {
    if (!during.crashed()) entry.outcome = outcome
  }
  const refused = (thrown: unknown): Outcome => {
    if (!(thrown instanceof BackscrollError)) throw thrown
    return thrown.code === 'stopped' ? { kind: 'stopped' } : { kind: 'rejected', code: thrown.code }
  }

  const make = async (options: ClientOptions): Promise<BackscrollClient> => {
    const made = await createClient(options)
    world.approve(userId, made)
    return made
  }

  return {
    userId,
    deviceId,
    proxy,
    journal,
    given,
    held,
    trace,
    client: () => client,
    nextText: () => {
      texts += 1
      return `${userId}/${deviceId}/${texts}`
    },
    give: (conversationId, text, work) => {
      const [during, to] = [life, client]
      if (during === undefined || to === undefined) return
      const messageId = randomUUID()
      const entry: Given = {
        messageId: text === undefined ? undefined : messageId,
        conversationId,
        text,
        outcome: { kind: 'waiting' },
      }
      given.push(entry)
      work(messageId)(to).then(
        ({ revision }) => settle(entry, during, { kind: 'accepted', revision }),
        (thrown) => settle(entry, during, refused(thrown)),
      )
    },
    slowDown: (ms) => {
      slowMs = ms
    },
    start: async () => {
      if (client !== undefined) return
      const begun = startLife(disk, () => world.random() * 4, note)
      const token = () => world.token(userId, deviceId)
      const options = {
        ...begun.options,
        url: proxy.url,
        token,
        userId,
        deviceId,
        // Reconnects soon: the backoff is proved elsewhere.
        random: () => world.random() * 0.1,
      }
      const made = await make(options)
      journal.begin(crashedBefore)
      life = begun
      client = made
      listen(made, begun)
      made.start()
    },
    crash: () => {
      if (life === undefined) return
      life.crash()
      proxy.cut()
      for (const id of heldBy(disk.records, given)) held.add(id)
      for (const entry of given) if (entry.outcome.kind === 'waiting') entry.outcome = { kind: 'orphaned' }
      life = client = undefined
      crashedBefore = true
    },
    close: async () => {
      const closing = client
      if (closing === undefined) return
      // What the crash lost comes again until a device has been up to date once, however many lives that takes.
      if (closing.state().name === 'live') crashedBefore = false
      client = undefined
      await closing.close()
      life = undefined
    },
  }
}

/** What one refers to by it, from the application's own log. */
export const refOf = (journal: Journal, conversationId: string, pick: number, own?: string): MessageRef | undefined => {
  const messages = journal.of(conversationId).flatMap(({ event, revision }) => {
    if (event.type !== 'MessageSent' || (own !== undefined && event.actor.userId !== own)) return []
    const { messageId, seq } = event.data
    return [{ messageId, revision, seq }]
  })
  return messages.at(Math.floor(pick * messages.length))
}
