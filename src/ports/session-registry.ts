/**
 * Which gateways hold sessions of which users. Lost at any time and then told anew by the gateways: nothing durable depends on it.
 *
 * Guarantees that every adapter gives, and `test/contract/session-registry.suite.ts` attacks:
 * - A lookup that begins after `enter` resolved finds the gateway, until it leaves, is silent for the time to live, or the registry was lost.
 * - A gateway that died is not found any more after its time to live.
 */
export interface SessionRegistry {
  /** From now on this gateway holds sessions of these users; repeated while it lasts, well within the time to live. */
  enter(gatewayId: string, userIds: readonly string[]): Promise<void>
  leave(gatewayId: string, userIds: readonly string[]): Promise<void>
  /** The gateways of each user that has any, dead ones left out. Never from a cache. */
  gatewaysOf(userIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>
  /** Repeated by a living gateway, well within the time to live. */
  alive(gatewayId: string): Promise<void>
  /** The gateway is going away. */
  gone(gatewayId: string): Promise<void>
  gateways(): Promise<readonly string[]>
}
