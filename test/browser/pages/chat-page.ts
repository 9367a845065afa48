import {
  type Attachment,
  type BackscrollClient,
  BackscrollError,
  type ClientErrorCode,
  createClient,
  createOAuthTokens,
  type FileFacts,
} from '@backscroll/client'
import { beginCodeSignIn, createIndexedDbStore, endCodeSignIn, openBrowserStoreKey } from '@backscroll/client/browser'

interface Who {
  readonly url: string
  readonly userId: string
  readonly deviceId: string
}

interface WhyNot {
  readonly code: ClientErrorCode
  readonly message: string
  /** `details.reason` */
  readonly reason?: unknown
  /** The name of what was thrown below. */
  readonly cause?: string
}

interface Sent {
  readonly conversationId: string
  readonly position: string
}

/** What a test may ask of the page. */
export interface ChatPage {
  /** Opens the device with its own store in this browser; how that failed, or undefined. */
  open(who: Who): Promise<WhyNot | undefined>
  /** The page goes to the server's own sign-in, and comes back to `/callback`. */
  signIn(url: string, deviceId: string): void
  /** On `/callback`: the user who has signed in. */
  signedIn(url: string): Promise<string>
  /** The same as `open`, for whom this browser remembers, with its own tokens. */
  openSignedIn(url: string): Promise<WhyNot | undefined>
  send(to: { readonly user: string } | string, text: string): Promise<Sent>
  /**
   * Sends a picture, drawn here, and a file of random bytes, and pauses the upload as soon as something has arrived.
   * Answers the id of the message and the SHA-256 of the file.
   */
  sendFiles(conversationId: string, size: number): Promise<{ readonly messageId: string; readonly hash: string }>
  resume(conversationId: string, messageId: string): Promise<void>
  /** What each file of the messages that came in is: its facts, and the SHA-256 of its bytes. */
  files(): Promise<readonly { readonly facts: FileFacts; readonly hash: string }[]>
  /** The name of the connection's state. */
  state(): string
  /** What was handed to the application, in order. */
  shown(): readonly string[]
  /** Oldest first, with what was said up to this position. */
  history(upTo: Sent): Promise<readonly string[]>
  close(): Promise<void>
}

declare global {
  var chat: ChatPage
  var issueToken: (user: string, device: string) => Promise<string>
}

const clientId = 'backscroll-web'
const texts: string[] = []
const attachments: Attachment[] = []
let client: BackscrollClient | undefined

const opened = (): BackscrollClient => {
  if (client === undefined) throw new Error('The page has no client')
  return client
}

const textIn = (content: unknown): string => {
  const { body } = (content ?? {}) as { readonly body?: { readonly text?: string } }
  return body?.text ?? 'unreadable'
}

const hashOf = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> =>
  [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))].map((byte) => byte.toString(16)).join(' ')

const picture = async (): Promise<Blob> => {
  const canvas = new OffscreenCanvas(640, 400)
  const context = canvas.getContext('2d')
  if (context === null) throw new Error('This browser cannot draw')
  context.fillStyle = 'teal'
  context.fillRect(0, 0, 640, 200)
  return canvas.convertToBlob({ type: 'image/png' })
}

const randomFile = (size: number): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(size)
  for (let at = 0; at < size; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536))
  return bytes
}

const openWhole = async (attachment: Attachment): Promise<Uint8Array<ArrayBuffer>> => {
  const parts: Uint8Array<ArrayBuffer>[] = []
  for await (const bytes of opened().openFile(attachment)) parts.push(new Uint8Array(bytes))
  return new Uint8Array(await new Blob(parts).arrayBuffer())
}

const whyNot = (thrown: unknown): WhyNot => {
  if (!(thrown instanceof BackscrollError)) throw thrown
  const { code, message, details, cause } = thrown
  return {
    ...{ code, message },
    ...(details?.reason === undefined ? {} : { reason: details.reason }),
    ...(cause instanceof Error ? { cause: cause.name } : {}),
  }
}

const begin = async (who: Who, token: () => Promise<string>) => {
  try {
    const storeKey = await openBrowserStoreKey('keys')
    const store = createIndexedDbStore(`${who.userId}-${who.deviceId}`)
    client = await createClient({ ...who, token, store, storeKey, platform: 'browser' })
    client.on('message', ({ content }) => {
      texts.push(textIn(content))
      if (content?.type === 'attachment') attachments.push(...content.body.attachments)
    })
    client.start()
    await client.whenLive()
    return undefined
  } catch (thrown) {
    return whyNot(thrown)
  }
}

const tokensOf = (url: string) =>
  createOAuthTokens({
    ...{ url, clientId },
    store: {
      load: async () => JSON.parse(localStorage.getItem('sign-in') ?? 'null') ?? undefined,
      save: async (signIn) => localStorage.setItem('sign-in', JSON.stringify(signIn ?? null)),
    },
  })

globalThis.chat = {
  open: (who) => begin(who, () => issueToken(who.userId, who.deviceId)),
  signIn: (url, deviceId) => {
    const options = { url, clientId, deviceId, redirectUri: `${location.origin}/callback` }
    const { address, pending } = beginCodeSignIn(options)
    sessionStorage.setItem('pending', JSON.stringify(pending))
    location.assign(address)
  },
  signedIn: async (url) => {
    const pending = JSON.parse(sessionStorage.getItem('pending') ?? '{}')
    const signIn = await endCodeSignIn({ url, clientId }, pending, location.href)
    await tokensOf(url).signedIn(signIn)
    return signIn.userId
  },
  openSignedIn: async (url) => {
    const tokens = tokensOf(url)
    const signIn = await tokens.current()
    return signIn === undefined ? whyNot(new BackscrollError('signed_out')) : begin({ url, ...signIn }, tokens.token)
  },
  send: async (to, text) => {
    const { conversationId, position } = await opened().send(to, { text })
    return { conversationId, position }
  },
  sendFiles: async (conversationId, size) => {
    const [bytes, messageId] = [randomFile(size), crypto.randomUUID()]
    const paused = new Promise<void>((resolve) => {
      const end = opened().on('pending_command', ({ command: { state } }) => {
        if (state.name !== 'waiting_for_files' || !state.files.some(({ sent }) => sent > 0)) return
        end()
        void opened().pauseUpload(conversationId, messageId).then(resolve)
      })
    })
    const files = [new File([bytes], 'data.bin'), { data: await picture(), name: 'picture.png' }]
    opened()
      .send(conversationId, { text: 'With files', files }, { messageId })
      .catch(() => {})
    await paused
    return { messageId, hash: await hashOf(bytes) }
  },
  resume: (conversationId, messageId) => opened().resumeUpload(conversationId, messageId),
  files: () =>
    Promise.all(
      attachments.map(async (one) => {
        const { mediaId: _id, key: _key, hash: _hash, ...facts } = one
        return { facts, hash: await hashOf(await openWhole(one)) }
      }),
    ),
  state: () => opened().state().name,
  shown: () => texts,
  history: async ({ conversationId, position: atLeast }) => {
    const found: string[] = []
    for await (const { content } of opened().history(conversationId, { atLeast })) found.unshift(textIn(content))
    return found
  },
  close: () => opened().close(),
}
