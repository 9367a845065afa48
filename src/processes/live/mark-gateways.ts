import type { SessionRegistry } from '../../ports/session-registry.ts'
import type { LiveSender } from './live-sender.ts'

/**
 * Tells the living gateways how far the senders are. The order matters: first read how far they are, then who
 * lives.
 */
export const markGateways = async (
  senders: readonly LiveSender[],
  registry: Pick<SessionRegistry, 'gateways'>,
): Promise<void> => {
  const reached = senders.map((sender) => ({ sender, upTo: sender.position() }))
  const gateways = await registry.gateways()
  await Promise.all(reached.map(({ sender, upTo }) => sender.mark(upTo, gateways)))
}
