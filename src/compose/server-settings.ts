import type { Config } from '../config/config.ts'
import { fixedGatewayConfig, type GatewaySettings } from '../gateway/gateway-config.ts'

/** How many conversations keep their state, and their roster, in memory. */
export const hotConversations = 20_000

/** What users may do at most, in the form that the limits want. */
export const limitSettings = ({ gateway, api, storing, consent, media, presence }: Config) => ({
  framesPerSecond: gateway.framesPerSecond,
  frameBurst: gateway.frameBurst,
  requestsPerMinute: api.requestsPerMinute,
  storedBytesPerHour: storing.bytesPerHour,
  handshakesPerMinute: gateway.handshakesPerMinute,
  lookupsPerHour: consent.lookupsPerHour,
  watchedPerMinute: presence.watchedPerMinute,
  mediaBytesPerDay: media.bytesPerDay,
  socketsOfUser: gateway.socketsOfUser,
  socketsOfAddress: gateway.socketsOfAddress,
  handshakes: fixedGatewayConfig.maxHandshakes,
})

/** What the gateway allows its sockets. */
export const gatewayConfig = ({ gateway }: Config): GatewaySettings => ({
  heartbeatMs: gateway.heartbeatMs,
  maxFrameBytes: gateway.maxFrameBytes,
  maxInFlight: gateway.maxInFlight,
  maxPendingBytes: gateway.maxOutboxBytes,
})
