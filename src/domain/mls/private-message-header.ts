import { asciiText, createByteReader, readEpoch } from './byte-reader.ts'
import { contentTypes, readHead, wireFormats } from './wire-format.ts'

/** What a PrivateMessage says in public. */
export interface PrivateMessageHeader {
  readonly groupId: string
  readonly epoch: number
}

/** Enough of a message for its header, for group ids of up to 50 bytes. Divisible by three, so that base64 can be cut there. */
export const headerBytes = 66

/** The header of an MLS PrivateMessage that frames application data; undefined for anything else, whatever it is. */
export const parsePrivateMessageHeader = (bytes: Uint8Array): PrivateMessageHeader | undefined => {
  const reader = createByteReader(bytes)
  readHead(reader, wireFormats.privateMessage)
  const groupId = asciiText(reader.vector())
  const epoch = readEpoch(reader)
  const contentType = reader.u8()
  if (reader.failed || groupId === undefined || contentType !== contentTypes.application) return undefined
  return { groupId, epoch }
}
