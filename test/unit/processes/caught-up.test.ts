import { describe, expect, it } from 'vitest'
import { createMemoryLog } from '../../../src/adapters/memory/event-log.ts'
import { onlyLog } from '../../../src/event-log/event-logs.ts'
import { bandStart } from '../../../src/event-log/positions.ts'
import { createRoutedLogs } from '../../../src/event-log/routing/routed-logs.ts'
import { evenSlotMap } from '../../../src/event-log/routing/slot-map.ts'
import { createCaughtUp } from '../../../src/processes/reactions/wait-for-views.ts'
import { createWatermark } from '../../../src/projections/watermark/moving-watermark.ts'
import { logEvent } from '../../support/event-log/events.ts'
import { createGatedLog } from '../../support/event-log/gated-log.ts'
import { refusal } from '../../support/projections/error-code.ts'

const openLogs = async () => {
  const gates = [createGatedLog(), createGatedLog()]
  for (const { memory } of gates) await memory.append('user-a', [logEvent('1'), logEvent('2')], 'no_stream')
  const logs = createRoutedLogs(
    gates.map(({ log }) => log),
    evenSlotMap('set', 2),
    { patienceMs: 10 },
  )
  return { gates, logs, watermark: createWatermark(2) }
}

/** Whether it is still waiting after everything that can happen at once has happened. */
const isWaiting = (work: Promise<unknown>): Promise<boolean> =>
  Promise.race([work.then(() => false), new Promise<boolean>((resolve) => setImmediate(resolve, true))])

describe('waiting for the views of what was durable before an event', () => {
  it('waits for the heads of the other logs too, where the event concerns all of them', async () => {
    const { logs, watermark } = await openLogs()
    const caughtUp = createCaughtUp(logs, watermark)
    watermark.advance(2n)
    const everywhere = caughtUp.everywhere(1n)
    expect(await isWaiting(everywhere)).toBe(true)
    watermark.advance(bandStart(1) + 2n)
    await expect(everywhere).resolves.toBeUndefined()
  })

  it('is behind while one of the logs is away', async () => {
    const { gates, logs, watermark } = await openLogs()
    watermark.advance(2n)
    watermark.advance(bandStart(1) + 2n)
    gates[1]?.away()
    const caughtUp = createCaughtUp(logs, watermark)
    expect(await refusal(caughtUp.everywhere(1n))).toBe('behind')
    gates[1]?.back()
  })

  it('is a matter of the position alone where there is one log', async () => {
    const log = createMemoryLog()
    await log.append('user-a', [logEvent('1'), logEvent('2')], 'no_stream')
    const watermark = createWatermark()
    watermark.advance(1n)
    await expect(createCaughtUp(onlyLog(log), watermark).everywhere(1n)).resolves.toBeUndefined()
  })
})
