import { base64, base64Of } from '@backscroll/protocol/base64'
import { publicKey, signature, voucherChain } from '@backscroll/protocol/device-credential'
import { deviceId, userId } from '@backscroll/protocol/ids'
import { z } from 'zod'
import { type Bytes, fromUtf8, utf8 } from '../../encoding/bytes.ts'
import { E2eeError } from '../../errors/e2ee-error.ts'

/** The messages between the two devices, relayed by a server that neither trusts. All binary values are base64. */
const messages = {
  /**
   * From the new device: a commitment to the key that it reveals later, so that neither side can choose its key
   * after seeing the other's.
   */
  hello: z.strictObject({ v: z.literal(1), type: z.literal('hello'), commitment: base64Of(32) }),
  /** From the approving device. */
  answer: z.strictObject({ v: z.literal(1), type: z.literal('answer'), key: base64Of(32), nonce: base64Of(16) }),
  /** From the new device. */
  reveal: z.strictObject({
    v: z.literal(1),
    type: z.literal('reveal'),
    key: base64Of(32),
    nonce: base64Of(16),
    userId,
    deviceId,
    devicePublicKey: base64Of(32),
  }),
  /** From the approving device, after the user has compared the codes. */
  grant: z.strictObject({ v: z.literal(1), type: z.literal('grant'), sealed: base64 }),
  /** The plaintext of `sealed`. */
  granted: z.strictObject({ identityKey: publicKey, chain: voucherChain.optional(), certificate: signature }),
}

export type Reveal = z.output<typeof messages.reveal>
export type Answer = z.output<typeof messages.answer>

type Kind = keyof typeof messages

export const encodeMessage = <K extends Kind>(_kind: K, value: z.input<(typeof messages)[K]>): Bytes =>
  utf8(JSON.stringify(value))

const parseJson = (message: Uint8Array): unknown => {
  try {
    return JSON.parse(fromUtf8(message))
  } catch {
    return undefined
  }
}

/** Throws `approval_failed`. */
export const readMessage = <K extends Kind>(kind: K, message: Uint8Array): z.output<(typeof messages)[K]> => {
  const parsed = messages[kind].safeParse(parseJson(message))
  if (!parsed.success) throw new E2eeError('approval_failed', { message: kind })
  return parsed.data as z.output<(typeof messages)[K]>
}
