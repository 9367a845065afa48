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
   * From now on this gateway holds sessions of these users; repeated while it lasts, well within the time to live.
   * Lasts longer than the gateway's own life.
   */
  enter(gatewayId: string, userIds: readonly string[]): Promise<void>
  leave(gatewayId: string, userIds: readonly string[]): Promise<void>
  /** The gateways of each user that has any, dead ones left out. Never from a cache. */
  gatewaysOf(userIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>
  /** The gateway begins to live. */
  begin(gatewayId: string): Promise<void>
  /** Repeated by a living gateway, well within the time to live. False when it does not live any more. */
  alive(gatewayId: string): Promise<boolean>
  /** The gateway is going away. */
  gone(gatewayId: string): Promise<void>
  gateways(): Promise<readonly string[]>
}
