import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deviceKey } from '../../../../../src/domain/conversation/exactly-once.ts'
import { actors, opening, type Wish, wish } from '../generated.ts'
import { createDevice, createServer, type Device, type Server } from './world.ts'

type Action = (world: { readonly server: Server; readonly devices: readonly Device[] }) => void

const who = fc.nat(actors.length - 1)
const on = (act: (device: Device) => void): fc.Arbitrary<Action> =>
  who.map(
    (index): Action =>
      ({ devices }) =>
        devices.slice(index, index + 1).forEach(act),
  )

let messages = 0
const enqueue = (index: number, wanted: Wish): Action => {
  return ({ server, devices }) => {
    messages += 1
    const [device, actor] = [devices[index], actors[index]]
    if (device === undefined || actor === undefined) return
    device.enqueue(wanted({ actor, state: server.state(), history: server.log, messageNumber: messages }))
  }
}

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(who, wish).map(([index, wanted]) => enqueue(index, wanted)) },
  { weight: 10, arbitrary: on((device) => device.deliver()) },
  { weight: 8, arbitrary: on((device) => device.hear()) },
  { weight: 2, arbitrary: on((device) => device.reconnect()) },
  {
    weight: 3,
    arbitrary: fc.nat(200).chain((pick) => on((device) => device.deliverStale(pick))),
  },
  { weight: 3, arbitrary: fc.nat(200).chain((pick) => on((device) => device.retry(pick))) },
  {
    weight: 1,
    arbitrary: fc.boolean().map(
      (fromLog): Action =>
        ({ server }) =>
          server.restart(fromLog),
    ),
  },
)

/** The network comes to rest: every frame and every answer arrives, of broken connections first. */
const settle = (devices: readonly Device[]): void => {
  for (const device of devices) device.drainStale()
  for (let round = 0; round < 10_000; round += 1) {
    const moved = devices.map((device) => [device.deliver(), device.hear()])
    if (!moved.flat().includes(true)) return
  }
  throw new Error('the devices never come to rest')
}

const numbersOf = (server: Server, device: string): readonly number[] =>
  server.log.flatMap(({ actor, data }) => (deviceKey(actor) === device ? (data.clientSeq ?? []) : []))

/** Runs with the seed that fast-check prints when it fails: BACKSCROLL_SEED=<seed> replays it. */
const seed = process.env.BACKSCROLL_SEED
const runs = Number(process.env.BACKSCROLL_RUNS ?? 400)

describe('P2 exactly once, P3 in order', () => {
  it('[M2] [M3] holds for devices that pipeline, lose answers, retry at any time and leave half-open connections behind', () => {
    fc.assert(
      fc.property(fc.array(action, { minLength: 20, maxLength: 250, size: 'max' }), (actions) => {
        messages = 0
        const server = createServer()
        const devices = actors.map((actor) => createDevice(server, actor))
        devices[0]?.enqueue(opening)
        for (const act of actions) act({ server, devices })
        settle(devices)

        for (const actor of actors) {
          const numbers = numbersOf(server, deviceKey(actor))
          expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
        }
        expect(devices.map((device) => device.pending())).toEqual(devices.map(() => 0))
        expect(server.log).not.toEqual([])
        expect(server.log.filter(({ data }) => data.clientSeq !== undefined)).toHaveLength(server.effects.size)
      }),
      { numRuns: runs, ...(seed !== undefined && { seed: Number(seed) }) },
    )
  })
})
