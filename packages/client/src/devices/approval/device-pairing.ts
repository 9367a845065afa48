import { done } from '@backscroll/protocol/rest/done'
import { pairing, pairingList, pairingMessageNumber, pairingMessages } from '@backscroll/protocol/rest/pairings'
import { fromBase64, toBase64 } from '../../encoding/base64.ts'
import { BackscrollError } from '../../errors/backscroll-error.ts'
import type { Rest } from '../../rest/rest-client.ts'
import { type Clock, sleep } from '../../time/clock.ts'
import type { Enrolment } from '../enrolment.ts'
import type { OwnDevices } from '../own-devices.ts'
import { answerApproval, type Comparison, requestApproval } from './device-approval.ts'

/** The waiting device's side. */
export interface ApprovalRequest {
  /** Both devices show this code, and the user compares them. */
  readonly comparison: Comparison
  /**
   * Call this after the user has confirmed that the codes match. Resolves when the other device has approved too,
   * and this device is certified.
   */
  confirm(): Promise<void>
}

/** The approving device's side. */
export interface ApprovalAnswer {
  readonly deviceId: string
  readonly comparison: Comparison
  /**
   * Call this after the user has confirmed that the codes match. Certifies the new device. No private key leaves
   * this one.
   */
  approve(): Promise<void>
}

export interface Pairings {
  /** Resolves when another device has answered. Rejects with `not_found` if none did in time. */
  request(): Promise<ApprovalRequest>
  waiting(): Promise<readonly { readonly pairingId: string; readonly deviceId: string }[]>
  answer(pairingId: string): Promise<ApprovalAnswer>
  /** Refuses the request. The requesting device gets `not_found`, and the user's other devices are told. */
  refuse(pairingId: string): Promise<void>
}

export interface PairingDeps {
  readonly me: { readonly userId: string; readonly deviceId: string }
  readonly rest: Rest
  readonly enrolment: Pick<Enrolment, 'keys' | 'device' | 'adopt'>
  readonly ownDevices: Pick<OwnDevices, 'certify'>
  readonly clock: Clock
  readonly isClosed: () => boolean
}

const pollMs = 400

/**
 * The devices exchange messages through the server's relay, which cannot read them and forgets them after ten
 * minutes.
 */
export const createPairings = ({ me, rest, enrolment, ownDevices, clock, isClosed }: PairingDeps): Pairings => {
  const pathOf = (pairingId: string) => `/pairings/${encodeURIComponent(pairingId)}/messages`

  const channel = (pairingId: string) => {
    let after = 0
    const fromOther = async (): Promise<Uint8Array | undefined> => {
      const page = await rest.read({ path: pathOf(pairingId), query: { after }, schema: pairingMessages })
      for (const { number, deviceId, payload } of page.messages) {
        after = number
        if (deviceId !== me.deviceId) return fromBase64(payload)
      }
      return undefined
    }
    return {
      send: async (bytes: Uint8Array) =>
        void (await rest.request({
          method: 'POST',
          path: pathOf(pairingId),
          body: { payload: toBase64(bytes) },
          schema: pairingMessageNumber,
        })),
      next: async (): Promise<Uint8Array> => {
        for (;;) {
          const message = await fromOther()
          if (message !== undefined) return message
          if (isClosed()) throw new BackscrollError('stopped')
          await sleep(clock, pollMs)
        }
      },
    }
  }

  return {
    request: async () => {
      const publicKey = enrolment.keys()?.keys.publicKey
      if (publicKey === undefined) throw new BackscrollError('not_approved')
      const exchange = await requestApproval({ ...me, publicKey })
      const { pairingId } = await rest.request({ method: 'POST', path: '/pairings', schema: pairing })
      const other = channel(pairingId)
      await other.send(exchange.hello)
      const { reveal, comparison, receive } = exchange.answered(await other.next())
      await other.send(reveal)
      const confirm = async () => {
        await enrolment.adopt(await receive(await other.next()))
      }
      return { comparison, confirm }
    },
    waiting: async () => (await rest.read({ path: '/pairings', schema: pairingList })).pairings,
    refuse: async (pairingId) =>
      void (await rest.request({
        method: 'DELETE',
        path: `/pairings/${encodeURIComponent(pairingId)}`,
        schema: done,
      })),
    answer: async (pairingId) => {
      enrolment.device()
      const other = channel(pairingId)
      const exchange = await answerApproval(me.userId, await other.next())
      await other.send(exchange.answer)
      const { device, comparison, approve } = exchange.revealed(await other.next())
      return {
        deviceId: device.deviceId,
        comparison,
        approve: async () => other.send(await approve(ownDevices.certify)),
      }
    },
  }
}
