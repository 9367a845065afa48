import { describe, expect, it } from 'vitest'
import { createKeyPair } from '../../../../../packages/client/src/crypto/signatures.ts'
import { answerApproval, requestApproval } from '../../../../../packages/client/src/devices/approval/device-approval.ts'
import { toBase64 } from '../../../../../packages/client/src/encoding/base64.ts'
import {
  certifyWhole,
  createDeviceKeys,
  isCertified,
  type UncertifiedDevice,
  vouch,
} from '../../../../../packages/client/src/trust/device-certificate.ts'
import { createDevice } from '../../../../support/e2ee/create-device.ts'
import { codeOf, text, words } from '../../../../support/e2ee/world.ts'

const newDevice = async (userId = 'ann') => ({ userId, deviceId: '2', publicKey: (await createDeviceKeys()).publicKey })

/** Both sides up to the point where a person compares. */
const exchanged = async () => {
  const device = await newDevice()
  const request = await requestApproval(device)
  const answer = await answerApproval('ann', request.hello)
  const fresh = request.answered(answer.answer)
  return { device, fresh, old: answer.revealed(fresh.reveal) }
}

describe('A device that approves another', () => {
  it('shows the same code, and certifies it by the identity key or by its own', async () => {
    const identity = await createKeyPair()
    const phone = await createDevice(identity, 'ann', '1')
    for (const by of [
      (one: UncertifiedDevice) => certifyWhole(identity, one),
      (one: UncertifiedDevice) => vouch(phone, one),
    ]) {
      const { device, fresh, old } = await exchanged()
      expect(old.comparison).toEqual(fresh.comparison)
      expect(old.comparison.code).toMatch(/^\d{4} \d{4}$/)
      expect(old.device).toEqual(device)
      const granted = await fresh.receive(await old.approve(by))
      expect(granted.identityKey).toBe(toBase64(identity.publicKey))
      const { userId, deviceId } = device
      expect(await isCertified({ userId, deviceId, ...granted }, device.publicKey)).toBe(true)
    }
  })

  it('hands no private key over, and sends nothing that the server could read', async () => {
    const identity = await createKeyPair()
    const { fresh, old } = await exchanged()
    const grant = await old.approve((one) => certifyWhole(identity, one))
    const granted = await fresh.receive(grant)
    expect(JSON.stringify(granted)).not.toContain(toBase64(identity.privateKey).slice(20, 60))
    expect(words(grant)).not.toContain(granted.certificate)
  })

  it('refuses a certificate that is none, as it comes in a grant', async () => {
    const { fresh, old } = await exchanged()
    const other = await newDevice()
    const identity = await createKeyPair()
    const grant = await old.approve(() => certifyWhole(identity, other))
    expect(await codeOf(fresh.receive(grant))).toBe('approval_failed')
  })

  it('shows another code than the new one when the server sits in the middle', async () => {
    const request = await requestApproval(await newDevice())
    const mallory = await requestApproval(await newDevice())
    const towardsNew = await answerApproval('ann', request.hello)
    const towardsOld = await answerApproval('ann', mallory.hello)
    const seenByNew = request.answered(towardsNew.answer).comparison
    const seenByOld = towardsOld.revealed(mallory.answered(towardsOld.answer).reveal).comparison
    expect(seenByNew.fingerprint).not.toBe(seenByOld.fingerprint)
  })

  it('refuses a key that was not committed to before it showed its own', async () => {
    const request = await requestApproval(await newDevice())
    const other = await requestApproval(await newDevice())
    const answer = await answerApproval('ann', request.hello)
    expect(() => answer.revealed(other.answered(answer.answer).reveal)).toThrowError(
      expect.objectContaining({ code: 'approval_failed' }),
    )
  })

  it('refuses the device of another user', async () => {
    const request = await requestApproval(await newDevice('ben'))
    const answer = await answerApproval('ann', request.hello)
    expect(() => answer.revealed(request.answered(answer.answer).reveal)).toThrowError(
      expect.objectContaining({ code: 'approval_failed' }),
    )
  })

  it('takes no grant of another exchange, and no noise', async () => {
    const [one, other] = [await exchanged(), await exchanged()]
    const identity = await createKeyPair()
    const grant = await other.old.approve((device) => certifyWhole(identity, device))
    expect(await codeOf(one.fresh.receive(grant))).toBe('wrong_key')
    expect(await codeOf(one.fresh.receive(text('noise')))).toBe('approval_failed')
    expect(await codeOf(answerApproval('ann', text('{}')))).toBe('approval_failed')
  })
})
