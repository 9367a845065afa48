import type { BackscrollClient } from '../../../packages/client/src/api/client-api.ts'
import { toBackscrollError } from '../../../packages/client/src/errors/backscroll-error.ts'
import { createClient } from '../../../packages/client/src/runtime/create-client.ts'
import { openBrowserStoreKey } from '../../../packages/client/src/stores/browser-store-key.ts'
import { createIndexedDbStore } from '../../../packages/client/src/tabs/shared-indexeddb-store.ts'

interface Who {
  readonly url: string
  readonly userId: string
  readonly deviceId: string
}

type To = { readonly user: string } | string

/** What a test may ask of one of several tabs. */
export interface TabsPage {
  /** Resolves when the connection is live, or unless `waits`, when the client is there. How it failed, or undefined. */
  open(who: Who, waits?: boolean): Promise<string | undefined>
  /** As React does it in its strict mode: made, closed and made again in one tick. */
  openStrictly(who: Who): Promise<string | undefined>
  send(to: To, text: string): Promise<string>
  /** The promises are not awaited: `outcomes` records how they end. */
  sendAll(to: To, texts: readonly string[]): void
  /** Sends a file of random bytes, and pauses its upload. Its outcome is recorded as well. Answers the message's id. */
  sendFile(to: string, text: string, size: number): Promise<string>
  resume(to: string, messageId: string): Promise<void>
  outcomes(): readonly string[]
  /** What was handed over, in order, with what is no message by its type. */
  shown(): readonly string[]
  typing(to: string): void
  typers(): readonly string[]
  state(): string
  pending(): number
  errors(): readonly string[]
  history(conversationId: string): Promise<readonly string[]>
  inbox(): Promise<number>
  safetyNumber(userId: string): string | undefined
  /** The code of what a call of this method is refused with. */
  refusal(method: 'messageReceipts' | 'addMembers', id: string): Promise<string>
  archive(): Promise<number>
  /** The tab does nothing else for so long: as if it hung. */
  hang(ms: number): void
  /** Watches the conversation's view. */
  watch(conversationId: string): void
  /** What the view holds now. */
  viewed(): string
  /** Watches whether the user is online. */
  watchPresence(userId: string): void
  isOnline(): boolean | undefined
  setActivity(activity: 'active' | 'away'): void
  /** Says what the tab's user is called. */
  callMe(name: string): Promise<void>
  /** What people are called in the view and in the list of members, user by user. */
  called(): Promise<{ readonly view: readonly (string | undefined)[]; readonly list: readonly (string | undefined)[] }>
  /** The code of why the server could not be told. */
  signOut(): Promise<string | undefined>
  /** Names of what this browser keeps for the origin. */
  databases(): Promise<readonly string[]>
  stopReason(): string | undefined
  close(): Promise<void>
}

declare global {
  var tab: TabsPage
  var issueToken: (user: string, device: string) => Promise<string>
}

const shown: string[] = []
const outcomes: string[] = []
const typers: string[] = []
const errors: string[] = []
let client: BackscrollClient | undefined
let presence: ReturnType<BackscrollClient['presence']['watch']> | undefined
let timeline: ReturnType<BackscrollClient['views']['timeline']> | undefined

const opened = (): BackscrollClient => {
  if (client === undefined) throw new Error('The tab has no client')
  return client
}

const randomFile = (size: number): File => {
  const bytes = new Uint8Array(size)
  for (let at = 0; at < size; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536))
  return new File([bytes], 'data.bin')
}

const textIn = (content: unknown): string => {
  const { body } = (content ?? {}) as { readonly body?: { readonly text?: string } }
  return body?.text ?? 'unreadable'
}

const create = async (who: Who): Promise<BackscrollClient> =>
  createClient({
    ...who,
    token: () => issueToken(who.userId, who.deviceId),
    store: createIndexedDbStore(`${who.userId}-${who.deviceId}`),
    storeKey: await openBrowserStoreKey('keys'),
  })

const begin = async (made: BackscrollClient, waits: boolean) => {
  client = made
  made.on('message', ({ content }) => shown.push(textIn(content)))
  made.on('gap', () => shown.push('gap'))
  made.on('failed', ({ code }) => shown.push(`failed ${code}`))
  made.on('typing', ({ userId, typing }) => typing && typers.push(userId))
  made.on('error', ({ error }) => errors.push(`${error.code} ${error.message}`))
  made.start()
  if (waits) await made.whenLive()
}

const codeOf = (thrown: unknown): string => {
  const { code, message } = toBackscrollError(thrown)
  return code === 'internal' ? message : code
}

const trying = async (step: () => Promise<unknown>): Promise<string | undefined> => {
  try {
    await step()
    return undefined
  } catch (thrown) {
    return codeOf(thrown)
  }
}

globalThis.tab = {
  open: (who, waits = true) => trying(async () => begin(await create(who), waits)),
  openStrictly: (who) =>
    trying(async () => {
      const first = create(who)
      const closed = first.then((made) => made.close())
      const second = create(who)
      await closed
      await begin(await second, true)
    }),
  send: async (to, text) => (await opened().send(to, { text })).conversationId,
  sendAll: (to, texts) => {
    for (const text of texts)
      opened()
        .send(to, { text })
        .then(
          ({ seq }) => outcomes.push(`${text} is ${seq}`),
          (thrown) => outcomes.push(`${text} ${codeOf(thrown)}`),
        )
  },
  sendFile: async (to, text, size) => {
    const messageId = crypto.randomUUID()
    const waits = new Promise<void>((resolve) => {
      opened().on('pending_command', ({ command }) => {
        if (command.messageId === messageId && command.state.name === 'waiting_for_files') resolve()
      })
    })
    opened()
      .send(to, { text, files: [randomFile(size)] }, { messageId })
      .then(
        ({ seq }) => outcomes.push(`${text} is ${seq}`),
        (thrown) => outcomes.push(`${text} failed: ${codeOf(thrown)}`),
      )
    await waits
    await opened().pauseUpload(to, messageId)
    return messageId
  },
  resume: (to, messageId) => opened().resumeUpload(to, messageId),
  outcomes: () => outcomes,
  shown: () => shown,
  typing: (to) => opened().typing(to, true),
  typers: () => typers,
  state: () => opened().state().name,
  pending: () => opened().pending() + opened().pendingCommands().length,
  errors: () => errors,
  history: async (id) => {
    const found: string[] = []
    for await (const { content } of opened().history(id)) found.unshift(textIn(content))
    return found
  },
  inbox: async () => {
    let count = 0
    for await (const _entry of opened().inbox()) count += 1
    return count
  },
  safetyNumber: (userId) => opened().identityOf(userId)?.safetyNumber,
  refusal: async (method, id) => {
    const call = async () => {
      if (method === 'addMembers') await opened().addMembers(id, ['nobody'])
      else for await (const _receipt of opened().messageReceipts(id)) break
    }
    return (await trying(call)) ?? 'nothing'
  },
  archive: async () => {
    let bytes = 0
    for await (const part of opened().exportHistory().data) bytes += part.length
    return bytes
  },
  hang: (ms) => {
    for (const end = performance.now() + ms; performance.now() < end; );
  },
  watch: (id) => {
    timeline = opened().views.timeline(id)
    timeline.subscribe(() => {})
  },
  viewed: () => JSON.stringify(timeline?.snapshot().entries ?? []),
  watchPresence: (userId) => {
    presence = opened().presence.watch([userId])
    presence.subscribe(() => {})
  },
  isOnline: () => presence?.snapshot().presences[0]?.online,
  setActivity: (activity) => opened().presence.setActivity(activity),
  callMe: (name) => opened().profile.set({ name }),
  called: async () => {
    const { conversationId = '', peerName, entries = [] } = timeline?.snapshot() ?? {}
    const list: (string | undefined)[] = []
    for await (const { name } of opened().members(conversationId)) list.push(name)
    return { view: [peerName, ...new Set(entries.map(({ senderName }) => senderName))], list }
  },
  signOut: async () => (await opened().signOut())?.code,
  databases: async () => (await indexedDB.databases()).map(({ name = '' }) => name),
  stopReason: () => {
    const state = opened().state()
    return state.name === 'stopped' ? state.reason : undefined
  },
  close: () => opened().close(),
}
