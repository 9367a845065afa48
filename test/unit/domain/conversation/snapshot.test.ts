import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromSnapshot, toSnapshot } from '../../../../src/domain/conversation/conversation-snapshot.ts'
import { evolve, initialState } from '../../../../src/domain/conversation/conversation-state.ts'
import { rememberedResults } from '../../../../src/domain/conversation/exactly-once.ts'
import { deviceId } from '../../../../src/domain/ids.ts'
import { alice, at, bob, carol, group, sent, started } from './examples.ts'
import { play, steps } from './generated.ts'
import { committed, encryptedFor } from './groups/examples.ts'

/** Maps and sets as lists, so that a difference in order shows as well. */
const inOrder = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify({ value }, (_, inner) => (inner instanceof Map || inner instanceof Set ? [...inner] : inner)),
  )

/** Which ids are used is looked up, never walked through: their order says nothing. */
const comparable = ({ devices, ...state }: ReturnType<typeof initialState>) =>
  inOrder({ ...state, roster: undefined, devices: { ...devices, used: [...devices.used].sort() } })

describe('a snapshot', () => {
  it('at any point of any history, with the rest folded upon it, is the state of the whole history [P6]', () => {
    fc.assert(
      fc.property(steps, fc.nat(80), (tried, cut) => {
        const { state, history } = play(tried)
        const before = history.slice(0, cut).reduce(evolve, initialState())
        const after = history.slice(cut).reduce(evolve, fromSnapshot(toSnapshot(before)))
        expect(comparable(after)).toEqual(comparable(state))
      }),
      { numRuns: 300 },
    )
  })

  it('keeps the order in which devices forget', () => {
    const fill = (count: number) =>
      Array.from({ length: count }, (_, index) =>
        sent({ ...alice, deviceId: deviceId(`device-${(index * 7) % 50}`) }, index + 1, index + 1),
      )
    const events = [...group(), ...fill(rememberedResults.overall + 500)]
    const whole = events.reduce(evolve, initialState())
    const before = events.slice(0, rememberedResults.overall).reduce(evolve, initialState())
    const after = events.slice(rememberedResults.overall).reduce(evolve, fromSnapshot(toSnapshot(before)))
    expect(comparable(after)).toEqual(comparable(whole))
  })

  it('keeps the encryption group', () => {
    const gone = { type: 'DeviceRemovalAsked' as const, at, actor: alice, data: carol }
    const state = [started([bob, 'member']), encryptedFor(bob, carol), committed(bob, { epoch: 2 }), gone].reduce(
      evolve,
      initialState(),
    )
    expect(fromSnapshot(toSnapshot(state)).mls).toEqual(state.mls)
    expect(state.mls).toMatchObject({ epoch: 2, previousUsable: true, pendingRemovals: new Set(['carol/phone']) })
  })
})
