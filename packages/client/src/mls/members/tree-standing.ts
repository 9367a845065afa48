import type { DeviceCredential } from '@backscroll/protocol/device-credential'
import { toBase64 } from '../../encoding/base64.ts'
import { deviceName, readCredential } from '../../trust/credential-check.ts'
import type { Pins } from '../../trust/identity-pins.ts'
import { isUnaccepted } from '../../trust/identity-succession.ts'
import { verdictOn } from '../../trust/trust-verdict.ts'
import type { GroupState } from '../state/group-state.ts'

/** The devices and users in a group that must not read what is sent from now on. */
export interface TreeStanding {
  /** Devices that no longer count, `user/device`: they have to be removed first. */
  readonly revoked: readonly string[]
  /** Users with a key that no person has accepted. */
  readonly unaccepted: readonly string[]
}

type Tree = GroupState['mls']['ratchetTree']

interface Leaf {
  readonly credential: DeviceCredential
  readonly signatureKey: string
}

const leavesOf = (tree: Tree): readonly Leaf[] =>
  tree.flatMap((node) => {
    if (node?.nodeType !== 'leaf') return []
    const { credential, signaturePublicKey } = node.leaf
    return [{ credential: readCredential(credential), signatureKey: toBase64(signaturePublicKey) }]
  })

const judge = (leaves: readonly Leaf[], pins: Pins): TreeStanding => {
  const verdicts = leaves.map(({ credential, signatureKey }) => ({
    credential,
    verdict: verdictOn(pins, credential, signatureKey),
  }))
  /** A user of whom another key is trusted by now: devices that the old key certified must leave. */
  const isOutdated = ({ userId, identityKey }: DeviceCredential) =>
    pins.get(userId)?.left?.includes(identityKey) === true
  const bad = verdicts.filter(
    ({ verdict, credential }) => verdict === 'revoked' || verdict === 'other_key' || isOutdated(credential),
  )
  const strange = verdicts.filter(({ verdict, credential }) => verdict === 'other_identity' && !isOutdated(credential))
  const waiting = leaves.filter(({ credential }) => isUnaccepted(pins, credential.userId))
  return {
    revoked: bad.map(({ credential }) => deviceName(credential)),
    unaccepted: [...new Set([...strange, ...waiting].map(({ credential }) => credential.userId))],
  }
}

/** Called before each message: the result for the same tree and pins is remembered. */
export const createTreeStanding = (pins: () => Pins): ((state: GroupState) => TreeStanding) => {
  const found = new WeakMap<Tree, { readonly pins: Pins; readonly standing: TreeStanding }>()
  return ({ mls: { ratchetTree } }) => {
    const now = pins()
    const known = found.get(ratchetTree)
    if (known?.pins === now) return known.standing
    const standing = judge(leavesOf(ratchetTree), now)
    found.set(ratchetTree, { pins: now, standing })
    return standing
  }
}
