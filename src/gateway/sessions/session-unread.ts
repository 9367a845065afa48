import type { Debt } from '../../edge/egress/unread-bytes.ts'
import type { Session } from './session.ts'

/** Bytes of live events that wait for the end of a resume. */
const buffered = ({ buffer }: Session): number => (buffer === undefined || buffer.overflowed ? 0 : buffer.bytes)

/** How long the close frame of a dropped socket may take to arrive, in milliseconds. */
const farewellMs = 1_000

/** What a session's client has not read: in the socket, on its way there, and held back while it resumes. */
export const debtOf = (session: Session, end: (session: Session) => void): Debt => {
  const { userId, socket } = session
  return {
    userId,
    bytes: () =>
      session.state.name === 'closed' ? 0 : socket.writableLength + (session.outbox?.bytes ?? 0) + buffered(session),
    taken: () => session.written - socket.writableLength,
    drop: () => {
      end(session)
      setTimeout(() => session.ws.terminate(), farewellMs).unref()
    },
  }
}
