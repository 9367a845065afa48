import type { GroupOptions, GroupThroughput } from '../load/group.ts'
import { goalRow, median, number, type Row } from '../report/row.ts'
import { seedConversation, seededId } from '../seed/conversation-seed.ts'
import { startAll } from '../seed/fill-log.ts'
import type { Bench, BenchContext } from './bench.ts'
import { type Solo, withServer } from './solo.ts'

interface Shape {
  readonly devices: number
  readonly senders: number
  readonly outstanding: number
  /** Deliveries per second of one core. */
  readonly goal?: number
}

const shapes: readonly Shape[] = [
  { devices: 100, senders: 8, outstanding: 8, goal: 100_000 },
  { devices: 1000, senders: 8, outstanding: 8, goal: 200_000 },
  { devices: 1000, senders: 1, outstanding: 1 },
]

const membersOf = ({ devices, senders }: Shape): readonly string[] =>
  Array.from({ length: devices }, (_, index) => `g${devices}x${senders}-${index}`)

interface Measured {
  readonly perCore: number
  readonly wall: number
}

const once = async ({ backscroll, generator }: Solo, conversationId: string, seconds: number): Promise<Measured> => {
  const before = await backscroll.child.usage()
  const done = await generator.call<GroupThroughput>('runGroup', { conversationId, seconds })
  await backscroll.settled()
  const after = await backscroll.child.usage()
  const cpu = after.user + after.system - before.user - before.system
  return { perCore: done.deliveries / cpu, wall: done.deliveries / done.seconds }
}

const measure = async (solo: Solo, shape: Shape, index: number, { quick, progress }: BenchContext): Promise<Row> => {
  const conversationId = seededId(index)
  const options: GroupOptions = {
    url: solo.backscroll.url,
    conversationId,
    members: membersOf(shape),
    senders: shape.senders,
    outstanding: shape.outstanding,
  }
  await solo.generator.call('openGroup', options)
  await once(solo, conversationId, 2)
  const rounds: Measured[] = []
  for (let round = 0; round < (quick ? 1 : 3); round += 1) {
    const done = await once(solo, conversationId, quick ? 3 : 5)
    rounds.push(done)
    progress(`${shape.devices}: ${number(done.perCore, 'per core second')}, ${number(done.wall, 'per second')}`)
  }
  await solo.generator.call('closeGroup', { conversationId })
  const perCore = median(rounds.map((round) => round.perCore))
  const wall = median(rounds.map((round) => round.wall))
  const { devices, senders, outstanding } = shape
  const figure = `Group of ${number(devices, 'devices')}, ${senders} x ${outstanding} sending: deliveries for a second of one core`
  const measured = `${number(perCore, '')} (${number(wall, '')} a second by the clock)`
  return shape.goal === undefined
    ? { figure, measured }
    : goalRow(figure, perCore, '', { atLeast: shape.goal }, measured)
}

export const groups: Bench = {
  name: 'groups',
  title: 'Groups',
  method:
    'So many members keep so many messages each unacknowledged (many share a commit and a frame; with one at a time none do); a delivery is one message that has arrived at one other device. All devices acknowledge what they got, at most every 250 ms. Deliveries are divided by the CPU time of ' +
    'all threads of the server, which has one core, and by the clock.',
  run: (context) =>
    withServer(
      context.directory,
      (log) =>
        startAll(
          log,
          shapes.map((shape, index) => seedConversation(index, membersOf(shape))),
        ),
      async (solo) => {
        const rows: Row[] = []
        for (const [index, shape] of shapes.entries()) rows.push(await measure(solo, shape, index, context))
        return rows
      },
    ),
}
