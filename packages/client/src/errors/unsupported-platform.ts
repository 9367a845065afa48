import { BackscrollError } from './backscroll-error.ts'

/** `missing` is for programs, as `details.missing`; `why` ends the sentence "The SDK cannot run here". */
export const unsupportedPlatform = (missing: string, why: string, cause?: unknown): BackscrollError =>
  new BackscrollError('unsupported_platform', {
    message: `The SDK cannot run here: ${why}`,
    details: { missing },
    cause,
  })
