/** What the gateway tells its observer. Called on the hot path: implementations only count. */
export interface GatewayMetrics {
  connectionOpened(): void
  /** `code`: the WebSocket close code; 1006 when the socket just ended. */
  connectionClosed(code: number): void
  frameReceived(): void
  /** One write to a socket, which may hold several frames. */
  written(bytes: number): void
  /** Events handed to sessions' sockets or resume buffers. */
  delivered(count: number): void
  /** A session lost its live feed, because it or its resume buffer was too slow. */
  resyncNeeded(): void
}

export const noGatewayMetrics: GatewayMetrics = {
  connectionOpened: () => undefined,
  connectionClosed: () => undefined,
  frameReceived: () => undefined,
  written: () => undefined,
  delivered: () => undefined,
  resyncNeeded: () => undefined,
}
