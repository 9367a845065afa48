import { asciiText, createByteReader, readEpoch } from './byte-reader.ts'
import { readCipherSuite, readHead, wireFormats } from './wire-format.ts'

/** The group and epoch of a GroupInfo. */
export interface GroupInfoHeader {
  readonly groupId: string
  readonly epoch: number
  /** Leaf index of the member who signed it. */
  readonly signer: number
}

const mls10 = 1

/** The public part of an MLSMessage that holds a GroupInfo (RFC 9420, 12.4.3); undefined for anything else. */
export const parseGroupInfo = (bytes: Uint8Array): GroupInfoHeader | undefined => {
  const reader = createByteReader(bytes)
  readHead(reader, wireFormats.groupInfo)
  if (reader.u16() !== mls10) reader.fail()
  readCipherSuite(reader)
  const groupId = asciiText(reader.vector())
  const epoch = readEpoch(reader)
  // Tree hash, confirmed transcript hash, extensions of the context; extensions, confirmation tag.
  for (let left = 5; left > 0; left -= 1) reader.vector()
  const signer = reader.u32()
  reader.vector()
  if (reader.failed || !reader.atEnd || groupId === undefined) return undefined
  return { groupId, epoch, signer }
}
