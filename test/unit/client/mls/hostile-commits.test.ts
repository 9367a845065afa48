import { createCommit, encodeMlsMessage, joinGroupExternal, type Proposal } from 'ts-mls'
import { describe, expect, it } from 'vitest'
import { toBase64 } from '../../../../packages/client/src/encoding/base64.ts'
import { generateFor } from '../../../../packages/client/src/mls/commits/key-packages.ts'
import { mlsConfig } from '../../../../packages/client/src/mls/library/mls-config.ts'
import { readMlsMessage } from '../../../../packages/client/src/mls/library/mls-message.ts'
import { mlsSuite } from '../../../../packages/client/src/mls/library/mls-suite.ts'
import type { GroupState } from '../../../../packages/client/src/mls/state/group-state.ts'
import { claimFrom, forgedDevice, type TestDevice, testDevice } from '../../../support/e2ee/device.ts'
import { codeOf, createGroupWorld, text } from '../../../support/e2ee/world.ts'

const acceptsAnybody = mlsConfig({ validateCredential: async () => true })
const now = () => Math.floor(Date.now() / 1000)

const threeUsers = async () => {
  const [ann, ben, cleo] = await Promise.all([testDevice('ann', '1'), testDevice('ben', '1'), testDevice('cleo', '1')])
  const world = createGroupWorld('conversation')
  const a = await world.start(ann)
  const [b, c] = await world.add(a, [ben, cleo])
  if (b === undefined || c === undefined) throw new Error('Not all joined')
  return { world, a, b, c }
}

/** A member whose client checks nothing, in league with the server. */
const hostileCommit = async (state: GroupState, proposals: Proposal[]): Promise<Uint8Array> => {
  const { commit } = await createCommit(
    { state: { ...state.mls, clientConfig: acceptsAnybody }, cipherSuite: await mlsSuite() },
    { wireAsPublicMessage: true, extraProposals: proposals },
  )
  return encodeMlsMessage(commit)
}

const addOf = async (device: TestDevice): Promise<Proposal> => {
  const { claimed } = await claimFrom(device)
  const { keyPackage } = readMlsMessage(claimed.keyPackage, 'mls_key_package')
  return { proposalType: 'add', add: { keyPackage } }
}

/** A device that lets itself in, by the GroupInfo that the server has. */
const hostileJoin = async (groupInfoBytes: Uint8Array, { device }: TestDevice): Promise<Uint8Array> => {
  const { groupInfo } = readMlsMessage(groupInfoBytes, 'mls_group_info')
  const { publicPackage, privatePackage } = await generateFor(device, now(), now() + 1)
  const { publicMessage } = await joinGroupExternal(
    groupInfo,
    publicPackage,
    privatePackage,
    false,
    await mlsSuite(),
    undefined,
    acceptsAnybody,
  )
  return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_public_message', publicMessage })
}

describe('A commit of a member in league with the server is refused', () => {
  it('when it adds a ghost device: a certificate by another key', async () => {
    const { a, b } = await threeUsers()
    const ghost = await forgedDevice('cleo', 'ghost', b.who.identity.publicKey)
    const commit = await hostileCommit(a.state, [await addOf(ghost)])
    expect(await codeOf(b.who.engine.processCommit(b.state, commit))).toBe('unauthorised_device')
  })

  it('when the identity key of the device is not the pinned one, until a person confirms it', async () => {
    const { a, b } = await threeUsers()
    const other = await testDevice('cleo', '2')
    const commit = await hostileCommit(a.state, [await addOf(other)])
    expect(await codeOf(b.who.engine.processCommit(b.state, commit))).toBe('identity_changed')
    b.who.confirm('cleo', toBase64(other.identity.publicKey))
    const { added } = await b.who.engine.processCommit(b.state, commit)
    expect(added).toMatchObject([{ userId: 'cleo', deviceId: '2' }])
  })

  it('when it adds and removes', async () => {
    const { a, b, c } = await threeUsers()
    const [leaf] = a.who.engine.members(a.state).filter(({ userId }) => userId === c.who.device.credential.userId)
    const remove: Proposal = { proposalType: 'remove', remove: { removed: leaf?.leaf ?? 0 } }
    const commit = await hostileCommit(a.state, [remove, await addOf(await testDevice('dora', '1'))])
    expect(await codeOf(b.who.engine.processCommit(b.state, commit))).toBe('forbidden_commit')
  })

  it.each<[string, Proposal]>([
    [
      'changes the extensions',
      { proposalType: 'group_context_extensions', groupContextExtensions: { extensions: [] } },
    ],
    [
      'starts another group',
      {
        proposalType: 'reinit',
        reinit: {
          groupId: text('other'),
          version: 'mls10',
          cipherSuite: 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519',
          extensions: [],
        },
      },
    ],
  ])('when it %s', async (_title, proposal) => {
    const { a, b } = await threeUsers()
    const commit = await hostileCommit(a.state, [proposal])
    expect(await codeOf(b.who.engine.processCommit(b.state, commit))).toBe('forbidden_commit')
  })

  it('when a byte of it was changed, or it is of another epoch or group', async () => {
    const { world, a, b } = await threeUsers()
    const { commit } = await a.who.engine.emptyCommit(a.state)
    const changed = commit.slice()
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
    expect(await codeOf(b.who.engine.processCommit(b.state, changed))).toBe('unreadable')
    await world.update(b)
    expect(await codeOf(b.who.engine.processCommit(b.state, commit))).toBe('wrong_epoch')
    const elsewhere = await a.who.engine.createGroup('elsewhere', a.who.device)
    const foreign = await a.who.engine.emptyCommit(elsewhere)
    expect(await codeOf(b.who.engine.processCommit(b.state, foreign.commit))).toBe('wrong_group')
    expect(await codeOf(b.who.engine.processCommit(b.state, text('noise')))).toBe('malformed')
  })

  it('when it is its own, whose pending state is gone', async () => {
    const { a } = await threeUsers()
    const { commit } = await a.who.engine.emptyCommit(a.state)
    expect(await codeOf(a.who.engine.processCommit(a.state, commit))).toBe('own_commit')
  })
})

describe('A device from outside is refused', () => {
  it('when its user has no device in the group', async () => {
    const { world, b } = await threeUsers()
    const stranger = await testDevice('mallory', '1')
    const commit = await hostileJoin(world.groupInfo(), stranger)
    expect(await codeOf(b.who.engine.processCommit(b.state, commit))).toBe('forbidden_commit')
    expect(await codeOf(stranger.engine.externalJoin('conversation', world.groupInfo(), stranger.device))).toBe(
      'forbidden_commit',
    )
  })

  it('when its certificate is forged', async () => {
    const { world, a, b } = await threeUsers()
    const ghost = await forgedDevice('ann', 'ghost', a.who.identity.publicKey)
    const commit = await hostileJoin(world.groupInfo(), ghost)
    expect(await codeOf(b.who.engine.processCommit(b.state, commit))).toBe('unauthorised_device')
  })

  it('when it removes the leaf of another device', async () => {
    const { world, a, b } = await threeUsers()
    const second = await testDevice('ann', '2', a.who.identity)
    const { groupInfo } = readMlsMessage(world.groupInfo(), 'mls_group_info')
    const { publicPackage, privatePackage } = await generateFor(second.device, now(), now() + 1)
    const removesBen = {
      ...acceptsAnybody,
      keyPackageEqualityConfig: {
        compareKeyPackages: () => false,
        compareKeyPackageToLeafNode: (_own: unknown, leaf: { signaturePublicKey: Uint8Array }) =>
          toBase64(leaf.signaturePublicKey) === toBase64(b.who.device.keys.publicKey),
      },
    }
    const { publicMessage } = await joinGroupExternal(
      groupInfo,
      publicPackage,
      privatePackage,
      true,
      await mlsSuite(),
      undefined,
      removesBen,
    )
    const commit = encodeMlsMessage({ version: 'mls10', wireformat: 'mls_public_message', publicMessage })
    expect(await codeOf(a.who.engine.processCommit(a.state, commit))).toBe('forbidden_commit')
  })

  it('when it would be in the group twice', async () => {
    const { world, a, b } = await threeUsers()
    const commit = await hostileJoin(world.groupInfo(), a.who)
    expect(await codeOf(b.who.engine.processCommit(b.state, commit))).toBe('forbidden_commit')
  })
})

describe('A device does not join', () => {
  it('a group with a ghost device, another group than it expects, or by a welcome for another', async () => {
    const { a, b } = await threeUsers()
    const dora = await testDevice('dora', '1')
    const { own, claimed } = await claimFrom(dora)
    const { welcome = new Uint8Array() } = await a.who.engine.commitAdd(a.state, [claimed])
    expect(await codeOf(dora.engine.join('other', welcome, dora.device, [own]))).toBe('wrong_group')
    expect(await codeOf(b.who.engine.join('conversation', welcome, b.who.device, []))).toBe('no_key_package')
    dora.confirm('ben', toBase64(dora.identity.publicKey))
    expect(await codeOf(dora.engine.join('conversation', welcome, dora.device, [own]))).toBe('identity_changed')
  })
})

describe('A message is refused', () => {
  it('when it was opened before, changed, is its own, or is no message', async () => {
    const { a, b } = await threeUsers()
    const { message, state } = await a.who.engine.encrypt(a.state, text('once'), text('aad'))
    const opened = await b.who.engine.decrypt(b.state, message)
    expect(await codeOf(b.who.engine.decrypt(opened.state, message))).toBe('unreadable')
    const changed = message.slice()
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
    expect(await codeOf(b.who.engine.decrypt(b.state, changed))).toBe('unreadable')
    expect(await codeOf(a.who.engine.decrypt(state, message))).toBe('unreadable')
    expect(await codeOf(b.who.engine.decrypt(b.state, text('plain text')))).toBe('malformed')
  })

  it('when it comes from the epoch before and somebody was removed since', async () => {
    const { world, a, b, c } = await threeUsers()
    const { message } = await c.who.engine.encrypt(c.state, text('too late'), text(''))
    await world.remove(a, [c.who.name])
    expect(await codeOf(b.who.engine.decrypt(b.state, message))).toBe('wrong_epoch')
  })
})
