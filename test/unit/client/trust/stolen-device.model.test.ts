import { longestChain } from '@backscroll/protocol/device-credential'
import type { IdentityStatement } from '@backscroll/protocol/identity-statements'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createKeyPair } from '../../../../packages/client/src/crypto/signatures.ts'
import { planRevocation } from '../../../../packages/client/src/devices/revocation-plan.ts'
import { type Device, seenAs } from '../../../../packages/client/src/trust/device-certificate.ts'
import type { Pins } from '../../../../packages/client/src/trust/identity-pins.ts'
import { heirOf } from '../../../../packages/client/src/trust/identity-succession.ts'
import { noteStatements } from '../../../../packages/client/src/trust/received-statements.ts'
import {
  isGenuine,
  revokeBy,
  revokeByIdentity,
  succeed,
} from '../../../../packages/client/src/trust/signed-statements.ts'
import { noteSeen } from '../../../../packages/client/src/trust/trust-on-first-use.ts'
import { verdictOn } from '../../../../packages/client/src/trust/trust-verdict.ts'
import { createChainedDevices, named, signatureKeyOf } from '../../../support/accounts/chained-devices.ts'

const step = fc.record({
  what: fc.constantFrom(
    'approve',
    'approve',
    'see',
    'steal',
    'ghost',
    'ghost',
    'mask',
    'revoke',
    'revoke',
    'renew',
    'hear',
  ),
  which: fc.nat(100),
  other: fc.nat(100),
  byIdentity: fc.boolean(),
})
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

const pick = <Item>(all: readonly Item[], at: number): Item | undefined => all[at % Math.max(1, all.length)]

/** One user with devices, a thief with copies of some of their stores, and a peer who hears what the user says, late, in any order. */
const createWalk = async () => {
  let identity = await createKeyPair()
  let makers = await createChainedDevices('ann', identity)
  const first = await makers.first('d0')
  /** As the user has them. */
  let own: Device[] = [first]
  const stolen: Device[] = []
  const ghosts: Device[] = []
  /** Keys of the thief's under the ids of the user's devices. */
  const masks: Device[] = []
  const said: IdentityStatement[] = []
  let made = 1
  let pins: Pins = noteSeen(new Map(), [seenAs(first)]).pins
  /** What the peer has heard and could follow. */
  const heard = new Set<IdentityStatement>()

  const listed = () => ({
    identityKey: heirOf({ identityKey: first.credential.identityKey, statements: said }),
    statements: said,
    devices: own.map((one) => ({
      deviceId: one.credential.deviceId,
      signatureKey: signatureKeyOf(one),
      certificate: one.credential.certificate,
      ...(one.credential.chain && { chain: [...one.credential.chain] }),
      name: null,
      addedAt: 0,
    })),
  })
  const say = async (statement: IdentityStatement) => {
    expect(await isGenuine(statement)).toBe(true)
    said.push(statement)
  }
  const idOf = (device: Device) => device.credential.deviceId
  const chainOf = ({ credential }: Device) => credential.chain ?? []

  const actions: Record<Step['what'], (step: Step) => Promise<void>> = {
    approve: async ({ which }) => {
      const by = pick(own, which)
      if (by === undefined || own.length >= 8 || chainOf(by).length >= longestChain) return
      own.push(await makers.approved(by, `d${made++}`))
    },
    steal: async ({ which }) => {
      const victim = pick(own, which)
      if (victim !== undefined) stolen.push(victim)
    },
    ghost: async ({ which }) => {
      const by = pick([...stolen, ...ghosts], which)
      if (by !== undefined && chainOf(by).length < longestChain) ghosts.push(await makers.approved(by, `g${made++}`))
    },
    see: async ({ which }) => {
      const one = pick(own, which)
      if (one === undefined || verdictOn(pins, one.credential, signatureKeyOf(one)) !== 'trusted') return
      pins = noteSeen(pins, [seenAs(one)]).pins
    },
    mask: async ({ which, other }) => {
      const [by, victim] = [pick([...stolen, ...ghosts], which), pick(own, other)]
      if (by === undefined || victim === undefined || chainOf(by).length >= longestChain) return
      if (idOf(by) !== idOf(victim)) masks.push(await makers.approved(by, idOf(victim)))
    },
    revoke: async ({ which, other, byIdentity }) => {
      const [victim, by] = [pick(own, which), pick(own, other)]
      if (victim === undefined || by === undefined || own.length < 2) return
      // The person knows the own devices: what the thief has made is not among them.
      const plan = planRevocation(listed(), [idOf(victim)], own.map(idOf))
      if (byIdentity) await say(await revokeByIdentity(identity, 'ann', plan))
      else {
        const signed = planRevocation(listed(), [idOf(victim)], [])
        if (signed.revoked.includes(idOf(by))) return
        await say(await revokeBy(by, signed))
        own = own.filter((one) => !signed.revoked.includes(idOf(one)))
        return
      }
      own = own.filter((one) => !plan.revoked.includes(idOf(one)))
    },
    renew: async ({ which }) => {
      const kept = own.filter((_one, index) => index === 0 || (which >> (index % 6)) % 2 === 0)
      const to = await createKeyPair()
      const number = said.filter(({ type }) => type === 'succession').length + 1
      const succession = await succeed({ userId: 'ann', from: identity, to, number, kept: kept.map(named) })
      await say(succession)
      identity = to
      makers = await createChainedDevices('ann', to)
      own = kept.map((one) => {
        const certificate = succession.kept.find(({ deviceId }) => deviceId === idOf(one))?.certificate ?? ''
        const { userId, deviceId } = one.credential
        return { ...one, credential: { userId, deviceId, identityKey: succession.successor, certificate } }
      })
    },
    hear: async ({ which }) => {
      const news = pick(said, which)
      if (news === undefined) return
      pins = noteStatements(pins, 'ann', [news]).pins
      // What is signed by a key that does not follow from the peer's yet is passed over, and told again with the next list.
      if (pins.get('ann')?.statements?.includes(news)) heard.add(news)
    },
  }
  /** The stolen one that the ghost hangs on, over other ghosts or directly. */
  const stolenOf = (ghost: Device): string =>
    chainOf(ghost).findLast(({ deviceId }) => deviceId.startsWith('d'))?.deviceId ?? ''
  /** As far as the peer has heard, the user has taken back what it hangs on. */
  const isTakenBack = (ghost: Device): boolean =>
    [...heard].some((one) => one.type === 'revocation' && one.revoked.includes(stolenOf(ghost)))
  return {
    run: async (one: Step) => actions[one.what](one),
    check: () => {
      const known = pins.get('ann')?.keys ?? []
      for (const mask of masks)
        if (known.some(({ deviceId }) => deviceId === idOf(mask)))
          expect(verdictOn(pins, mask.credential, signatureKeyOf(mask))).not.toBe('trusted')
      for (const ghost of ghosts)
        if (isTakenBack(ghost) && ghost.credential.identityKey === heirOf(pins.get('ann') ?? expect.fail()))
          expect(verdictOn(pins, ghost.credential, signatureKeyOf(ghost))).not.toBe('trusted')
    },
    /** The peer hears everything, in this order. */
    atLast: (order: readonly IdentityStatement[]) => {
      const all = noteStatements(pins, 'ann', order).pins
      const verdicts = [...own, ...ghosts].map((one) => [
        idOf(one),
        verdictOn(all, one.credential, signatureKeyOf(one)),
      ])
      for (const one of own) expect(verdicts).toContainEqual([idOf(one), 'trusted'])
      const alive = new Set(own.map(idOf))
      for (const ghost of ghosts) {
        const { identityKey } = ghost.credential
        const isOutdated = identityKey !== listed().identityKey
        if (isOutdated || !alive.has(stolenOf(ghost))) expect(verdicts).not.toContainEqual([idOf(ghost), 'trusted'])
      }
      return verdicts
    },
    said,
  }
}

describe('A thief with the store of a device', () => {
  it('brings in nobody whom a peer takes for the user once the peer has heard of the revocation or the new key', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const walk = await createWalk()
        for (const one of steps) {
          await walk.run(one)
          walk.check()
        }
        const forwards = walk.atLast(walk.said)
        expect(walk.atLast([...walk.said].reverse())).toEqual(forwards)
      }),
      { numRuns: 60 },
    )
  })
})
