import {
  type ClientWebSocket,
  type OpenWebSocket,
  openWebSocket,
} from '../../../packages/client/src/platform/web-socket.ts'

/** Real sockets that a test can break: at once, or after some more frames in either direction. */
export interface CuttableSockets {
  readonly open: OpenWebSocket
  cut(): void
  /** Breaks each socket after so many frames that it sent or received; what is under way is lost. */
  cutEvery(frames: number | undefined): void
  opened(): number
}

export const createCuttableSockets = (): CuttableSockets => {
  let current: (() => void) | undefined
  let limit: number | undefined
  let count = 0
  const open: OpenWebSocket = (url, protocols) => {
    count += 1
    const real = openWebSocket(url, protocols)
    let left = limit
    let gone = false
    const breakOff = () => {
      if (gone) return
      gone = true
      real.close()
      queueMicrotask(() => socket.onclose?.({ code: 1006 }))
    }
    const counts = (): boolean => {
      if (left !== undefined) left -= 1
      if (left !== undefined && left < 0) breakOff()
      return !gone
    }
    const socket: ClientWebSocket = {
      onopen: null,
      onmessage: null,
      onclose: null,
      onerror: null,
      send: (text) => {
        if (counts()) real.send(text)
      },
      close: (code, reason) => {
        gone = true
        real.close(code, reason)
      },
    }
    real.onopen = () => socket.onopen?.()
    real.onmessage = (event) => {
      if (counts()) socket.onmessage?.(event)
    }
    real.onclose = (event) => {
      if (!gone) socket.onclose?.(event)
    }
    current = breakOff
    return socket
  }
  return {
    open,
    cut: () => current?.(),
    cutEvery: (frames) => {
      limit = frames
    },
    opened: () => count,
  }
}
