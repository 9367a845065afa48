import { fromBase64, toBase64 } from '../../encoding/base64.ts'
import { concat, utf8 } from '../../encoding/bytes.ts'
import { E2eeError, failingAs } from '../../errors/e2ee-error.ts'
import { mlsSuite } from '../../mls/library/mls-suite.ts'

/** Base64. The device that asks for messages makes it, and forgets it with the last answer. */
export interface AskingKey {
  readonly publicKey: string
  readonly privateKey: string
}

/** The place of the message that is sent again: it cannot be shown as another one. */
export interface ResentPlace {
  readonly conversationId: string
  readonly messageId: string
  readonly revision: number
}

const info = utf8('backscroll told again v1')
const encLength = 32
const aadOf = ({ conversationId, messageId, revision }: ResentPlace) =>
  utf8(`${conversationId}\0${messageId}\0${revision}`)

export const createAskingKey = async (): Promise<AskingKey> => {
  const { hpke } = await mlsSuite()
  const { publicKey, privateKey } = await hpke.generateKeyPair()
  const [shared, kept] = [await hpke.exportPublicKey(publicKey), await hpke.exportPrivateKey(privateKey)]
  return { publicKey: toBase64(shared), privateKey: toBase64(kept) }
}

/**
 * For one reader: other members, who may have joined later, learn nothing. Throws `malformed` for anything that is
 * not a key.
 */
export const sealAgain = async (publicKey: string, place: ResentPlace, envelope: Uint8Array): Promise<string> => {
  const { hpke } = await mlsSuite()
  const { enc, ct } = await failingAs('malformed', async () =>
    hpke.seal(await hpke.importPublicKey(fromBase64(publicKey)), envelope, info, aadOf(place)),
  )
  return toBase64(concat(enc, ct))
}

/** Throws `unreadable`: sealed for another key, or from another message. */
export const openAgain = async (privateKey: string, place: ResentPlace, sealed: string): Promise<Uint8Array> => {
  const { hpke } = await mlsSuite()
  const bytes = fromBase64(sealed)
  if (bytes.length <= encLength) throw new E2eeError('malformed')
  return failingAs('unreadable', async () => {
    const key = await hpke.importPrivateKey(fromBase64(privateKey))
    return hpke.open(key, bytes.subarray(0, encLength), bytes.subarray(encLength), info, aadOf(place))
  })
}
