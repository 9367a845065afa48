import { BackscrollError } from './backscroll-error.ts'
import { type E2eeErrorCode, encryptionTitles } from './encryption-codes.ts'

/** Names and keys of those concerned; never a secret. */
export type E2eeErrorDetails = Readonly<Record<string, string | number>>

/**
 * Thrown inside the SDK where another device, or what the server gave of it, is at fault: what was done is not to be
 * tried again as it is. To applications it is a `BackscrollError` like any other.
 */
export class E2eeError extends BackscrollError {
  override readonly code: E2eeErrorCode
  override readonly details: E2eeErrorDetails
  constructor(code: E2eeErrorCode, details: E2eeErrorDetails = {}, cause?: unknown) {
    super(code, { message: encryptionTitles[code], details, cause })
    this.code = code
    this.details = details
  }
}

/** Runs a step that throws foreign errors; what it throws becomes `code`, our own errors pass. */
export const failingAs = async <Value>(code: E2eeErrorCode, step: () => Promise<Value>): Promise<Value> => {
  try {
    return await step()
  } catch (thrown) {
    throw thrown instanceof E2eeError ? thrown : new E2eeError(code, {}, thrown)
  }
}
