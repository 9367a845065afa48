import type { PendingCommands } from '../commands/pending-commands.ts'
import type { Connection } from '../connection/connection.ts'
import type { ConnectionState } from '../connection/connection-state.ts'
import type { Pacer } from '../connection/rate-pacer.ts'
import type { TokenRenewal } from '../connection/token-renewal.ts'
import type { Inbound } from '../inbound/inbound-pipeline.ts'
import type { Outbox } from '../outbox/outbox.ts'
import type { Protection } from '../protection/protection.ts'
import type { ReceiptSender } from '../receipts/receipt-sender.ts'
import type { TypingSender } from '../receipts/typing-sender.ts'
import type { ServerTime } from '../time/server-time.ts'
import type { MessageUploads } from '../uploads/message-uploads.ts'

export interface StateReactionsDeps {
  readonly session: Connection['session']
  readonly pacer: Pick<Pacer, 'reset'>
  readonly time: Pick<ServerTime, 'told'>
  readonly reauth: TokenRenewal
  readonly inbound: Pick<Inbound, 'live'>
  readonly protection: Pick<Protection, 'live'>
  readonly outbox: Pick<Outbox, 'wake'>
  readonly uploads: Pick<MessageUploads, 'wake'>
  readonly receipts: Pick<ReceiptSender, 'resend'>
  readonly typing: Pick<TypingSender, 'reset'>
  readonly commands: Pick<PendingCommands, 'changed'>
  readonly tellState: (state: ConnectionState) => void
}

/** What each state of the connection triggers in the rest of the client. */
export const createStateReactions = (deps: StateReactionsDeps) => {
  const takeSession = () => {
    const session = deps.session()
    if (session === undefined) return
    deps.pacer.reset(session.rates)
    deps.time.told(session.serverTime)
  }
  const goLive = () => {
    deps.reauth.arm()
    deps.inbound.live()
    deps.protection.live()
    deps.outbox.wake()
    deps.uploads.wake()
    deps.receipts.resend()
    deps.typing.reset()
  }
  return (state: ConnectionState): void => {
    if (state.name === 'resuming') takeSession()
    else if (state.name === 'live') goLive()
    else deps.reauth.disarm()
    deps.commands.changed()
    deps.tellState(state)
  }
}
