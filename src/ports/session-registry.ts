/**
 * Which gateways hold sessions of which users. Lost at any time and then told anew by the gateways: nothing durable
 * depends on it.
 *
 * Guarantees that every adapter gives, and `test/contract/session-registry/session-registry.suite.ts` attacks:
 * - A lookup that begins after both `begin` and `enter` resolved finds the gateway, until it leaves, or does not live
 *   any more.
 * - A gateway that is silent for its time to live, or that the registry has lost, does not live any more, and no lookup
 *   finds it, until it begins anew. It
 *   is told when it next says that it lives. So as long as it is told `true`, no lookup since the last `begin` has
 * passed it over.
 */
export interface SessionRegistry {
  /**
   * States that this gateway holds sessions of these users. Repeated as long as it does, well within the time to
   * live. An entry outlives the gateway.
   */
  enter(gatewayId: string, userIds: readonly string[]): Promise<void>
  leave(gatewayId: string, userIds: readonly string[]): Promise<void>
  /** The gateways of each user that has any, without dead ones. Never from a cache. */
  gatewaysOf(userIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>
  /** The gateway's life begins. */
  begin(gatewayId: string): Promise<void>
  /** Repeated by a living gateway, well within the time to live. False when the gateway has died meanwhile. */
  alive(gatewayId: string): Promise<boolean>
  /** The gateway is going away. */
  gone(gatewayId: string): Promise<void>
  gateways(): Promise<readonly string[]>
}
