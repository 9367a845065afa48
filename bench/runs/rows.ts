import type { GroupOptions, GroupThroughput } from '../load/group.ts'
import { goalRow, type Row } from '../report/row.ts'
import { seedConversation, seededId } from '../seed/conversation-seed.ts'
import { startAll } from '../seed/fill-log.ts'
import type { Bench, BenchContext } from './bench.ts'
import { countRows } from './count-rows.ts'
import { dataIn, type Solo, withServer } from './solo.ts'

const sizes = [2, 1000] as const

const membersOf = (size: number): readonly string[] =>
  Array.from({ length: size }, (_, index) => `rows${size}-${index}`)

interface Stored {
  readonly size: number
  /** Rows for each message. */
  readonly messages: number
  /** Rows of receipts for each message. */
  readonly receipts: number
  readonly messagesPerSecond: number
}

const measure = async (
  solo: Solo,
  size: number,
  index: number,
  { directory, progress }: BenchContext,
): Promise<Stored> => {
  const { backscroll, generator } = solo
  const conversationId = seededId(index)
  const members = membersOf(size)
  const options: GroupOptions = { url: backscroll.url, conversationId, members, senders: 1, outstanding: 1 }
  await generator.call('openGroup', options)
  await generator.call('runGroup', { conversationId, seconds: 0.5 })
  await backscroll.settled()
  const before = countRows(dataIn(directory))
  const done = await generator.call<GroupThroughput>('runGroup', { conversationId, seconds: 3 })
  await backscroll.settled()
  const after = countRows(dataIn(directory))
  await generator.call('closeGroup', { conversationId })
  const stored: Stored = {
    size,
    messages: (after.messages - before.messages) / done.messages,
    receipts: (after.receipts - before.receipts) / done.messages,
    messagesPerSecond: done.messages / done.seconds,
  }
  progress(JSON.stringify(stored))
  return stored
}

const rowsOf = (stored: readonly Stored[]): readonly Row[] => {
  const [small, large] = [stored[0], stored[1]]
  if (small === undefined || large === undefined) return []
  const both = (field: 'messages' | 'receipts') => `${small[field].toFixed(2)} and ${large[field].toFixed(2)}`
  const ratio = large.messages / small.messages
  return [
    goalRow('Rows of a message with 2 and with 1,000 devices', ratio, 'times', { atMost: 1.05 }, both('messages')),
    {
      figure: 'Rows of receipts for each message, the same two groups',
      measured: `${both('receipts')} (at ${small.messagesPerSecond.toFixed(0)} and ${large.messagesPerSecond.toFixed(0)} messages/s)`,
    },
  ]
}

export const rows: Bench = {
  name: 'rows',
  title: 'Stored rows',
  method:
    'Rows of the log and of all views before and after one sender has sent one message after the other for 3 s, all devices of the group connected and acknowledging. Receipts are kept per device ' +
    'and window, not per message: their rows grow with devices and time.',
  run: (context) =>
    withServer(
      context.directory,
      (log) =>
        startAll(
          log,
          sizes.map((size, index) => seedConversation(index, membersOf(size))),
        ),
      async (solo) => {
        const stored: Stored[] = []
        for (const [index, size] of sizes.entries()) stored.push(await measure(solo, size, index, context))
        return rowsOf(stored)
      },
    ),
}
