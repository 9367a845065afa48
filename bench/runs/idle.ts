import { setTimeout as sleep } from 'node:timers/promises'
import { goalRow, type Row } from '../report/row.ts'
import type { Bench, BenchContext } from './bench.ts'
import { type Solo, withServer } from './solo.ts'

const atOnce = 250

/** KiB. */
const settledMemory = async ({ backscroll }: Solo): Promise<number> => {
  await sleep(1500)
  await backscroll.child.call('collectGarbage')
  await sleep(500)
  return (await backscroll.child.usage()).rss / 1024
}

const measure = async (solo: Solo, { quick, progress }: BenchContext): Promise<readonly Row[]> => {
  const { url } = solo.backscroll
  const count = quick ? 1000 : 5000
  // So that code, caches and pools of the first connections are not counted.
  await solo.generator.call('openIdle', { url, count: atOnce, prefix: 'first' })
  const before = await settledMemory(solo)
  for (let opened = 0; opened < count; opened += atOnce) {
    await solo.generator.call('openIdle', { url, count: atOnce, prefix: `idle-${opened}` })
    // The garbage of handshakes would else raise the heap for good, by as much as the collector lets it.
    await solo.backscroll.child.call('collectGarbage')
  }
  const after = await settledMemory(solo)
  const each = (after - before) / count
  progress(`${each.toFixed(1)} KiB`)
  return [goalRow(`Memory per idle connection, of ${count.toLocaleString('en-US')}`, each, 'KiB', { atMost: 20 })]
}

export const idle: Bench = {
  name: 'idle',
  title: 'Idle connections',
  method:
    'Growth of the resident memory of the server by devices that have connected and say nothing, each with its own user and token, with garbage collected before, in between and after. Kernel memory is not included.',
  run: (context) =>
    withServer(
      context.directory,
      async () => undefined,
      (solo) => measure(solo, context),
    ),
}
