import type { EventLog } from '../../src/ports/event-log.ts'
import { goalRow, median, number } from '../report/row.ts'
import { seedConversation } from '../seed/conversation-seed.ts'
import { addMessages, startAll } from '../seed/fill-log.ts'
import { addReceipts } from '../seed/receipts-seed.ts'
import type { Bench } from './bench.ts'
import { withLog } from './solo.ts'
import { withViews } from './views.ts'

const conversations = 1000

/** 101,000 events: the start, then nine messages, then a receipt, in each conversation in turn. */
const seed = async (log: EventLog): Promise<void> => {
  const seeds = Array.from({ length: conversations }, (_, index) => seedConversation(index, ['ann', 'ben']))
  await startAll(log, seeds)
  for (let round = 1; round <= 10; round += 1) {
    await addMessages(log, seeds, 9 * conversations)
    if (round < 10) await addReceipts(log, conversations, 'ann', 9 * round)
  }
}

export const rebuild: Bench = {
  name: 'rebuild',
  title: 'Rebuild of all views',
  method:
    '101,000 events (89 % messages, 9 % receipts) folded into all views in the store, with their indexes, beside the live ones, until they are switched in. On one thread, as in the server.',
  run: ({ directory, quick, progress }) =>
    withLog(directory, async (log) => {
      await seed(log)
      const events = Number(await log.head())
      return withViews(directory, log, async ({ runner, caughtUp }) => {
        await caughtUp()
        const rates: number[] = []
        for (let round = 0; round < (quick ? 2 : 5); round += 1) {
          const start = performance.now()
          await runner.rebuild()
          rates.push((events / (performance.now() - start)) * 1000)
          progress(number(rates.at(-1) ?? 0, 'events/s'))
        }
        return [goalRow('Rebuild of all views into the store: events/s', median(rates), '', { atLeast: 50_000 })]
      })
    }),
}
