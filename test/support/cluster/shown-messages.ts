import type { ChaosDevice } from '../chaos/device.ts'

/** How long after a trouble began, milliseconds. */
export interface Recovery {
  /** Until every device got a message of every conversation that was sent since. */
  readonly live: number
  /** Until every device had everything that was sent until then. */
  readonly caughtUp: number
}

interface Message {
  readonly text: string
  readonly conversationId: string
  readonly at: number
  /** When each device showed it. */
  readonly shown: Map<ChaosDevice, number>
}

/** Which device showed which message when (performance.now()). */
export interface ShownMessages {
  sent(text: string, conversationId: string): void
  /** To a device that has been started. */
  listen(device: ChaosDevice): void
  /** Devices that got nothing of a conversation that was sent since. */
  silent(since: number): readonly string[]
  /** When the last device got the first such message of the last conversation. */
  liveSince(since: number): number
  /** What was sent until `time` and is not shown everywhere. */
  missing(time: number): readonly string[]
  recovery(since: number): Recovery
  count(): number
}

const nameOf = ({ userId, deviceId }: ChaosDevice): string => `${userId}/${deviceId}`

export const createShownMessages = (
  devices: readonly ChaosDevice[],
  conversations: readonly string[],
): ShownMessages => {
  const messages = new Map<string, Message>()

  const firstShown = (since: number, device: ChaosDevice, conversationId: string): number => {
    let first = Number.POSITIVE_INFINITY
    for (const { at, shown, ...message } of messages.values())
      if (at >= since && message.conversationId === conversationId)
        first = Math.min(first, shown.get(device) ?? Number.POSITIVE_INFINITY)
    return first
  }
  const firsts = (since: number) =>
    devices.flatMap((device) => conversations.map((id) => ({ device, id, time: firstShown(since, device, id) })))
  const liveSince = (since: number): number => Math.max(...firsts(since).map(({ time }) => time))
  const until = (time: number): readonly Message[] => [...messages.values()].filter(({ at }) => at <= time)

  return {
    sent: (text, conversationId) =>
      void messages.set(text, { text, conversationId, at: performance.now(), shown: new Map() }),
    listen: (device) =>
      void device.client()?.on('message', ({ plaintext }) => {
        const shown = plaintext && messages.get(new TextDecoder().decode(plaintext))?.shown
        if (shown?.has(device) === false) shown.set(device, performance.now())
      }),
    silent: (since) =>
      firsts(since).flatMap(({ device, id, time }) =>
        Number.isFinite(time) ? [] : [`${nameOf(device)} got nothing new of ${id}`],
      ),
    liveSince,
    missing: (time) =>
      until(time).flatMap(({ text, conversationId, shown }) =>
        devices
          .filter((device) => !shown.has(device))
          .map((device) => `${nameOf(device)} lacks ${text} of ${conversationId}`),
      ),
    recovery: (since) => {
      const live = liveSince(since)
      const last = Math.max(live, ...until(live).flatMap(({ shown }) => [...shown.values()]))
      return { live: Math.round(live - since), caughtUp: Math.round(last - since) }
    },
    count: () => messages.size,
  }
}
