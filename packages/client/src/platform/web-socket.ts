import { socketPath } from '@backscroll/protocol/device-proof'

/** The part of the standard WebSocket that the client uses; browsers and Node 24 have it as a global. */
export interface ClientWebSocket {
  onopen: (() => void) | null
  onmessage: ((event: { readonly data: unknown }) => void) | null
  onclose: ((event: { readonly code: number }) => void) | null
  onerror: (() => void) | null
  send(text: string): void
  close(code?: number, reason?: string): void
}

export type OpenWebSocket = (url: string, protocols: readonly string[]) => ClientWebSocket

/** Wraps the standard constructor. */
export const openWebSocket: OpenWebSocket = (url, protocols) => {
  const socket = new WebSocket(url, [...protocols])
  const wrapped: ClientWebSocket = {
    onopen: null,
    onmessage: null,
    onclose: null,
    onerror: null,
    send: (text) => socket.send(text),
    close: (code, reason) => socket.close(code, reason),
  }
  socket.onopen = () => wrapped.onopen?.()
  socket.onmessage = (event) => wrapped.onmessage?.(event)
  socket.onclose = (event) => wrapped.onclose?.(event)
  socket.onerror = () => wrapped.onerror?.()
  return wrapped
}

/** [T2] The standard API cannot set a header, so the token travels as an additional offered subprotocol. */
export const subprotocols = (token: string): readonly string[] => ['backscroll.v1', `bearer.${token}`]

/** The URL that a proof for a socket names. */
export const proofUrl = (url: string): string => `${url.replace(/\/+$/, '')}${socketPath}`

/** `http://host/base` -> `ws://host/base/ws`. */
export const socketUrl = (url: string): string => `${url.replace(/^http/, 'ws').replace(/\/+$/, '')}${socketPath}`
