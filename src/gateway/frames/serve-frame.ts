import type { ClientFrame } from '@backscroll/protocol/client-frames'
import type { GatewayParts } from '../gateway-parts.ts'
import { createConnectionProof } from '../sessions/connection-proof.ts'
import { createReauth } from '../sessions/reauth.ts'
import { createResume } from '../sessions/resume-session.ts'
import type { Session } from '../sessions/session.ts'
import { createMessageFrames } from './message-frames.ts'
import { createSync } from './sync-frame.ts'

/** From the type of a frame to the function that serves it. That function answers every frame with an id, once. */
export const createServeFrame = (parts: GatewayParts): ((session: Session, frame: ClientFrame) => void) => {
  const { deps, config, now, random, wheel } = parts
  const onConnected = (session: Session): void => {
    session.beatAt = now() + config.heartbeatMs * (0.5 + random() / 2)
    wheel.schedule(session, Math.min(session.beatAt, session.expiresAt) - now())
  }
  const connect = createConnectionProof(parts, createResume({ ...deps, ...parts, onConnected }))
  const sync = createSync({ ...deps, ...parts })
  const reauth = createReauth({ ...deps, ...parts })
  const messages = createMessageFrames({ ...deps, ...parts })
  return (session, frame) => {
    switch (frame.type) {
      case 'connect':
        return connect(session, frame)
      case 'sync':
        return sync(session, frame)
      case 'reauth':
        return reauth(session, frame)
      case 'send_message':
        return messages.send(session, frame)
      case 'message_ack':
        return messages.acknowledge(session, frame)
      case 'typing_indicator':
        return parts.typing.indicate(session, frame)
      case 'presence_subscribe':
        return parts.presence.subscribe(session, frame)
      case 'presence_unsubscribe':
        return parts.presence.unsubscribe(session, frame)
      case 'set_activity':
        return parts.presence.setActivity(session, frame)
    }
  }
}
