import { decodeMlsMessage, type MLSMessage } from 'ts-mls'
import { E2eeError } from '../../errors/e2ee-error.ts'

type Wireformat = MLSMessage['wireformat']

const decode = (bytes: Uint8Array): MLSMessage | undefined => {
  try {
    const decoded = decodeMlsMessage(bytes, 0)
    return decoded !== undefined && decoded[1] === bytes.length ? decoded[0] : undefined
  } catch {
    return undefined
  }
}

/** The message in the bytes if it is of this kind and nothing follows it. Throws `malformed`. */
export const readMlsMessage = <Kind extends Wireformat>(
  bytes: Uint8Array,
  kind: Kind,
): Extract<MLSMessage, { wireformat: Kind }> => {
  // A copy, because the decoded message consists of views, and the caller's bytes may change.
  const message = decode(bytes.slice())
  const is = (candidate: MLSMessage): candidate is Extract<MLSMessage, { wireformat: Kind }> =>
    candidate.wireformat === kind
  if (message === undefined || !is(message)) throw new E2eeError('malformed')
  return message
}
