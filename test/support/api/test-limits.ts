import type { LimitSettings } from '../../../src/edge/limits/limits.ts'

/** So wide that no test meets them. */
export const testLimits: LimitSettings = {
  framesPerSecond: 1_000_000,
  frameBurst: 1_000_000,
  requestsPerMinute: 1_000_000,
  storedBytesPerHour: 2 ** 40,
  handshakesPerMinute: 1_000_000,
  lookupsPerHour: 1_000_000,
  watchedPerMinute: 1_000_000,
  mediaBytesPerDay: 2 ** 50,
  socketsOfUser: 1_000_000,
  socketsOfAddress: 1_000_000,
  handshakes: 1_000_000,
}
