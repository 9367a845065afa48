import { BackscrollError } from '../errors/backscroll-error.ts'
import { createReceiptSender, type ReceiptStatus } from '../receipts/receipt-sender.ts'
import { createTypingSender } from '../receipts/typing-sender.ts'
import type { ClientRecords } from '../records/client-records.ts'
import type { ClientBasis } from './client-basis.ts'
import type { ServerAccess } from './server-access.ts'

/** What this user tells others in passing: what was delivered and read, and that something is being typed. */
export const createClientReceipts = (basis: ClientBasis, server: ServerAccess, records: ClientRecords) => {
  const { clock, random, write, onError } = basis
  const { connection, pacer, room } = server
  const receipts = createReceiptSender({
    ...{ clock, random, unconfirmed: records.watermarks },
    window: () => Math.floor(room() / 2),
    ask: (frame, { resolve, reject }) => void pacer.turn().then(() => connection.ask(frame, { resolve, reject })),
    write: (changes) => void write(changes).catch(onError),
    // A former member has nothing to confirm.
    onRefused: (error) => (error.code === 'not_found' ? undefined : onError(error)),
  })
  const typing = createTypingSender(
    () => clock.now(),
    (conversationId, activity) => {
      const what = activity !== undefined && activity !== 'typing' && { activity }
      return connection.send({ type: 'typing_indicator', conversationId, typing: activity !== undefined, ...what })
    },
  )
  const mark = async (conversationId: string, status: ReceiptStatus, seq: number) => {
    if (!Number.isSafeInteger(seq) || seq < 0) throw new BackscrollError('invalid')
    await write(receipts.note(conversationId, status, seq)())
  }
  return { receipts, typing, mark }
}

export type ClientReceipts = ReturnType<typeof createClientReceipts>
