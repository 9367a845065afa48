/**
 * Tells whether the group still hears this member. kafkajs keeps using a connection for minutes on which nobody
 * answers.
 */
export interface Pulse {
  /** The broker has answered. */
  beat(): void
  /** It asks to join, which may take as long as the slowest other member. */
  joining(): void
  joined(): void
  stop(): void
}

export interface PulseDeps {
  /** After a silence of this length the group has given the partitions to others. */
  readonly sessionMs: number
  readonly joinMs: number
  /** Called once. */
  readonly onSilence: () => void
}

const checkEveryMs = 500

export const watchPulse = ({ sessionMs, joinMs, onSilence }: PulseDeps): Pulse => {
  let heardAt = performance.now()
  let limit = joinMs

  const beat = (): void => {
    heardAt = performance.now()
  }
  const check = (): void => {
    if (performance.now() - heardAt < limit) return
    clearInterval(timer)
    onSilence()
  }
  const timer = setInterval(check, checkEveryMs)

  return {
    beat,
    joining: () => {
      limit = joinMs
      beat()
    },
    joined: () => {
      limit = sessionMs
      beat()
    },
    stop: () => clearInterval(timer),
  }
}
