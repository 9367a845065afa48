import type { RawData, WebSocket } from 'ws'
import { connectFrame } from './frames.ts'
import { hangUp, openMany, openSocket } from './open-socket.ts'
import type { TokenSource } from './token-source.ts'

export interface WatchersOptions {
  readonly url: string
  readonly watchers: readonly { readonly user: string; readonly watched: readonly string[] }[]
}

export interface PresentOptions {
  readonly url: string
  readonly users: readonly string[]
  readonly activity: 'active' | 'away'
}

/** What the watchers received since the last call. */
export interface ToldPresence {
  /** Frames and changes of the watcher that received the most. */
  readonly mostFrames: number
  readonly mostChanges: number
  readonly changes: number
}

/** Users in one `presence_subscribe`. */
const perFrame = 100

interface PresenceFrame {
  readonly type: string
  readonly id?: number
  readonly code?: string
  readonly presences?: readonly object[]
}

/** Opens users who come and go, and sessions that watch them. */
export const createPresenceLoad = (tokens: TokenSource) => {
  const counts: { frames: number; changes: number }[] = []
  const present = new Map<string, WebSocket>()

  const hear = (socket: WebSocket, onAnswer: () => void): void => {
    const count = { frames: 0, changes: 0 }
    counts.push(count)
    socket.on('message', (data: RawData) => {
      const frame: PresenceFrame = JSON.parse(String(data))
      if (frame.type === 'error') throw new Error(`a watcher was refused: ${frame.code}`)
      if (frame.type === 'reply') onAnswer()
      if (frame.type !== 'presence') return
      count.frames += 1
      count.changes += frame.presences?.length ?? 0
    })
  }

  const watch = async (url: string, user: string, watched: readonly string[]): Promise<void> => {
    const socket = await openSocket(url, await tokens(user))
    const frames = Array.from({ length: Math.ceil(watched.length / perFrame) }, (_, index) => ({
      ...{ type: 'presence_subscribe', id: index + 2 },
      userIds: watched.slice(index * perFrame, (index + 1) * perFrame),
    }))
    await new Promise<void>((resolve) => {
      let answers = 0
      hear(socket, () => {
        answers += 1
        if (answers === frames.length + 1) resolve()
      })
      socket.send(connectFrame('phone'))
      for (const frame of frames) socket.send(JSON.stringify(frame))
    })
  }

  const come = async (url: string, user: string, activity: PresentOptions['activity']): Promise<void> => {
    const socket = await openSocket(url, await tokens(user))
    const answered = new Promise<void>((resolve) => {
      socket.on('message', (data: RawData) => String(data).startsWith('{"type":"reply"') && resolve())
    })
    socket.send(JSON.stringify({ ...JSON.parse(connectFrame('phone')), activity }))
    await answered
    present.set(user, socket)
  }

  return {
    openWatchers: async ({ url, watchers }: WatchersOptions): Promise<void> => {
      await openMany(watchers, ({ user, watched }) => watch(url, user, watched))
    },
    /**
     * Closes the connections that are open already. Resolves when all users are connected, with the
     * milliseconds that it took.
     */
    openPresent: async ({ url, users, activity }: PresentOptions): Promise<number> => {
      const began = performance.now()
      for (const user of users) {
        const before = present.get(user)
        if (before !== undefined) hangUp(before)
      }
      await openMany(users, (user) => come(url, user, activity))
      return performance.now() - began
    },
    closePresent: (): void => {
      for (const socket of present.values()) hangUp(socket)
      present.clear()
    },
    toldPresence: (): ToldPresence => {
      const told = {
        mostFrames: Math.max(...counts.map(({ frames }) => frames)),
        mostChanges: Math.max(...counts.map(({ changes }) => changes)),
        changes: counts.reduce((sum, { changes }) => sum + changes, 0),
      }
      for (const count of counts) Object.assign(count, { frames: 0, changes: 0 })
      return told
    },
  }
}
