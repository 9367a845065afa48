import { ProtocolError } from '@backscroll/protocol/errors'

/** The code that a promise is refused with; `accepted` when it is not. */
export const refusal = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work
  } catch (error) {
    if (error instanceof ProtocolError) return error.code
    throw error
  }
  return 'accepted'
}
